// Golden values for templates: executes each line of a list of templates with
// Go's text/template and sprig, and writes what comes out as JSON.
//
//	cd scripts/golden_templates
//	TZ=UTC go run . < ../../tests/golden/templates/templates.txt > ../../tests/golden/templates/templates.json
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type result struct {
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

func execute(text string) result {
	functions := sprig.TxtFuncMap()
	// Helm's; sprig has none.
	functions["required"] = func(message string, value any) (any, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	parsed, err := template.New("t").Funcs(functions).Parse(text)
	if err != nil {
		return result{Template: text, Error: "parse"}
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, nil); err != nil {
		return result{Template: text, Error: "execute"}
	}
	output := out.String()
	return result{Template: text, Output: &output}
}

func main() {
	os.Clearenv()
	for name, value := range map[string]string{"TZ": "UTC", "X": "value", "EMPTY": "", "PORT": "1433"} {
		os.Setenv(name, value)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	fmt.Println("[")
	lines := bufio.NewScanner(os.Stdin)
	for first := true; lines.Scan(); {
		if lines.Text() == "" || lines.Text()[0] == '#' {
			continue
		}
		if !first {
			fmt.Print(",")
		}
		first = false
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			text = lines.Text()
		}
		if err := encoder.Encode(execute(text)); err != nil {
			panic(err)
		}
	}
	fmt.Println("]")
}

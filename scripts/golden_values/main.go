// Command golden_values evaluates the expressions of tests/hcl/expressions
// with HashiCorp's HCL and go-cty and writes what they give as JSON, once; the
// project's own evaluator is compared with that file.
//
//	cd scripts/golden_values
//	go run . ../../tests/config/expressions/expressions.txt > ../../tests/config/expressions/golden.json
//
// The text has one expression per line. Lines from `<<<` to `>>>` are one
// expression; `#` starts a comment line. scope.hcl beside it holds the
// variables.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// entry is one golden value: a type and a value, or an error.
type entry struct {
	Expression string          `json:"expression"`
	Type       json.RawMessage `json:"type,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
	Error      string          `json:"error,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: golden_values EXPRESSIONS"))
	}
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	context := &hcl.EvalContext{Functions: functions()}
	context.Variables = scope(filepath.Join(filepath.Dir(os.Args[1]), "scope.hcl"), context)
	var entries []entry
	for _, expression := range split(string(text)) {
		entries = append(entries, evaluate(expression, context))
	}
	write(entries)
}

func evaluate(text string, context *hcl.EvalContext) (result entry) {
	result.Expression = text
	defer func() {
		if problem := recover(); problem != nil {
			result.Type, result.Value = nil, nil
			result.Error = fmt.Sprintf("panic: %v", problem)
		}
	}()
	expression, diagnostics := hclsyntax.ParseExpression([]byte(text+"\n"), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		result.Error = diagnostics.Error()
		return result
	}
	value, diagnostics := expression.Value(context)
	if diagnostics.HasErrors() {
		result.Error = diagnostics.Error()
		return result
	}
	return describe(result, value)
}

func describe(result entry, value cty.Value) entry {
	if !value.IsWhollyKnown() {
		result.Error = "the value is not known"
		return result
	}
	kind, err := ctyjson.MarshalType(value.Type())
	fail(err)
	content, err := ctyjson.Marshal(value, value.Type())
	if err != nil { // infinity
		result.Error = err.Error()
		return result
	}
	result.Type, result.Value = kind, content
	return result
}

// functions are the ones that HCL's own libraries have; what only Terraform has
// is compared with values written by hand (by_hand.txt).
func functions() map[string]function.Function {
	return map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "can": tryfunc.CanFunc, "ceil": stdlib.CeilFunc,
		"chomp": stdlib.ChompFunc, "chunklist": stdlib.ChunklistFunc,
		"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
		"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc,
		"format": stdlib.FormatFunc, "formatdate": stdlib.FormatDateFunc,
		"formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
		"join": stdlib.JoinFunc, "jsondecode": stdlib.JSONDecodeFunc,
		"jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc,
		"log": stdlib.LogFunc, "lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc,
		"max": stdlib.MaxFunc, "merge": stdlib.MergeFunc, "min": stdlib.MinFunc,
		"parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc,
		"range": stdlib.RangeFunc, "regex": stdlib.RegexFunc,
		"regexall": stdlib.RegexAllFunc, "regexreplace": stdlib.RegexReplaceFunc,
		"reverse": stdlib.ReverseListFunc, "signum": stdlib.SignumFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setsubtract":     stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "split": stdlib.SplitFunc,
		"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc,
		"timeadd": stdlib.TimeAddFunc, "title": stdlib.TitleFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc,
		"trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"try": tryfunc.TryFunc, "upper": stdlib.UpperFunc,
		"values": stdlib.ValuesFunc, "yamldecode": ctyyaml.YAMLDecodeFunc,
		"zipmap": stdlib.ZipmapFunc,
		"tobool": conversion(cty.Bool), "tonumber": conversion(cty.Number),
		"tostring": conversion(cty.String),
		"tolist":   conversion(cty.List(cty.DynamicPseudoType)),
		"tomap":    conversion(cty.Map(cty.DynamicPseudoType)),
		"toset":    conversion(cty.Set(cty.DynamicPseudoType)),
	}
}

// conversion is what tostring and its siblings do: cty's own conversion.
func conversion(want cty.Type) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{
			Name: "v", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowDynamicType: true,
		}},
		Type: func(args []cty.Value) (cty.Type, error) {
			value, err := convert.Convert(args[0], want)
			return value.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return convert.Convert(args[0], want)
		},
	})
}

func scope(path string, context *hcl.EvalContext) map[string]cty.Value {
	text, err := os.ReadFile(path)
	fail(err)
	file, diagnostics := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	if diagnostics.HasErrors() {
		fail(diagnostics)
	}
	attributes, diagnostics := file.Body.JustAttributes()
	if diagnostics.HasErrors() {
		fail(diagnostics)
	}
	variables := map[string]cty.Value{}
	for name, attribute := range attributes {
		value, diagnostics := attribute.Expr.Value(context)
		if diagnostics.HasErrors() {
			fail(diagnostics)
		}
		variables[name] = value
	}
	return variables
}

func split(text string) []string {
	var expressions, block []string
	isInside := false
	for _, line := range strings.Split(text, "\n") {
		switch {
		case line == "<<<":
			isInside, block = true, nil
		case line == ">>>":
			isInside = false
			expressions = append(expressions, strings.Join(block, "\n"))
		case isInside:
			block = append(block, line)
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
			expressions = append(expressions, line)
		}
	}
	return expressions
}

// write puts each entry on a line of its own, so that a change shows as one.
func write(entries []entry) {
	fmt.Println("[")
	for i, item := range entries {
		var line strings.Builder
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		fail(encoder.Encode(item))
		comma := ","
		if i == len(entries)-1 {
			comma = ""
		}
		fmt.Printf("%s%s\n", strings.TrimSpace(line.String()), comma)
	}
	fmt.Println("]")
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "golden_values:", err)
		os.Exit(1)
	}
}

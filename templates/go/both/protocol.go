// What a provider says to dstream: version 2 of the protocol, for both roles.
// Needs nothing but Go. Made to be copied: change provider.go.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
)

type object = map[string]any

type key struct {
	Type        string `json:"type"`
	Minimum     *int64 `json:"minimum,omitempty"`
	Default     any    `json:"default,omitempty"`
	Description string `json:"description"`
	Examples    []any  `json:"examples"`
}

type spec struct {
	name, version, role, description string
	features, required               []string
	keys                             map[string]key
	example                          object
}

type startLine struct {
	Command  *string         `json:"command"`
	Config   json.RawMessage `json:"config"`
	Resume   json.RawMessage `json:"resume"`
	Protocol *struct {
		Version  int      `json:"version"`
		Features []string `json:"features"`
	} `json:"protocol"`
}

// provider is what provider.go fills in; an input has send, an output has open.
type provider struct {
	spec
	// send calls yield with each envelope and the state behind it, until it says no.
	send func(config []byte, resume []byte, yield func(envelope, state any) bool) error
	// open gives what makes data durable.
	open func(config []byte) (func(data [][]byte) error, error)
}

var (
	stdin    = bufio.NewReaderSize(os.Stdin, 1<<20)
	stdout   = bufio.NewWriterSize(os.Stdout, 1<<16)
	stopping = make(chan struct{}) // closed when the source should end
	stopOnce sync.Once
)

func stop() { stopOnce.Do(func() { close(stopping) }) }

func (p provider) main() {
	p.answerWords(os.Args[1:])
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	signal.Ignore(syscall.SIGPIPE)
	go func() { <-signals; stop() }()
	start, is2, features := p.readStart()
	if p.role == "input" {
		if is2 {
			go listen()
		}
		must(p.send(start.Config, start.Resume, func(envelope, state any) bool {
			say("", envelope)
			if slices.Contains(features, "state") {
				say("\x1e", object{"state": state})
			}
			return !isStopping()
		}))
		if is2 {
			stop() // who leaves from here on, leaves a whole stream
			say("\x1e", object{"end": true})
		}
		return
	}
	deliver, err := p.open(start.Config)
	must(err)
	take(deliver, is2, slices.Contains(features, "ack"))
}

func (p provider) answerWords(words []string) {
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "spec":
		schema := object{"type": "object", "additionalProperties": false, "properties": p.keys, "required": append([]string{}, p.required...)}
		text, _ := json.MarshalIndent(object{"name": p.name, "version": p.version, "role": p.role,
			"description": p.description, "protocol": object{"version": 2}, "features": p.features,
			"commands": []string{}, "config": schema, "examples": []object{p.example}}, "", "  ")
		fmt.Println(string(text))
	case "--version":
		fmt.Println(p.name, p.version)
	case "--help":
		fmt.Println(p.description)
		for name, key := range p.keys {
			fmt.Printf("  %s: %s\n", name, key.Description)
		}
	default:
		fmt.Fprintln(os.Stderr, "there is no argument", words[0])
		os.Exit(2)
	}
	os.Exit(0)
}

// readStart reads and answers the start line.
func (p provider) readStart() (start startLine, is2 bool, features []string) {
	line, _ := stdin.ReadBytes('\n')
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	must(json.Unmarshal(line, &start))
	isRaw := start.Command == nil
	if isRaw {
		start = startLine{Config: line}
	}
	if start.Protocol != nil && start.Protocol.Version >= 2 {
		is2, features = true, []string{}
		for _, one := range p.features {
			if slices.Contains(start.Protocol.Features, one) {
				features = append(features, one)
			}
		}
	}
	path, message := p.wrongConfig(start.Config)
	if !isRaw && !slices.Contains([]string{"run", "init", "plan", "status", "destroy"}, *start.Command) {
		path, message = "command", "there is no command "+*start.Command
	}
	if message != "" {
		if !isRaw {
			say("", object{"status": "error", "message": message, "path": path})
		}
		must(fmt.Errorf("%s: %s", path, message))
	}
	ready := object{"status": "ready"}
	if is2 {
		ready["protocol"] = object{"version": 2, "features": features}
	}
	if !isRaw {
		say("", ready)
		if *start.Command != "run" {
			say("", object{"message": "there is nothing to set up"})
			os.Exit(0)
		}
	}
	return start, is2, features
}

// wrongConfig gives the path and the message of the first mistake.
func (p provider) wrongConfig(text []byte) (path, message string) {
	config := map[string]json.RawMessage{}
	if json.Unmarshal(text, &config) != nil {
		return "config", "config must be an object"
	}
	for name, value := range config {
		key, isKnown := p.keys[name]
		var number int64
		var word string
		isNumber, isWord := json.Unmarshal(value, &number) == nil, json.Unmarshal(value, &word) == nil
		switch {
		case !isKnown:
			return "config." + name, "there is no key " + name
		case key.Type == "integer" && !isNumber, key.Type == "string" && !isWord:
			return "config." + name, name + " must be of type " + key.Type
		case key.Minimum != nil && number < *key.Minimum:
			return "config." + name, name + " is out of its bounds"
		}
	}
	for _, name := range p.required {
		if _, isThere := config[name]; !isThere {
			return "config." + name, name + " is required"
		}
	}
	return "", ""
}

// listen hears what dstream says to an input, while that writes.
func listen() {
	for {
		line, err := stdin.ReadString('\n')
		if strings.HasPrefix(line, "\x1e") && strings.Contains(line, `"stop":true`) {
			stop()
		}
		if err != nil && isStopping() {
			os.Exit(0)
		} else if err != nil {
			os.Exit(1) // dstream is gone
		}
	}
}

// take delivers together what arrives together.
func take(deliver func([][]byte) error, is2, isAcking bool) {
	position, size, data := 0, 0, [][]byte{}
	for {
		line, err := stdin.ReadBytes('\n')
		if len(line) > 0 && line[0] != 0x1e {
			position++
			var envelope struct{ Data json.RawMessage }
			if json.Unmarshal(line, &envelope) == nil && envelope.Data != nil {
				data = append(data, envelope.Data)
				size += len(line)
			} else if is2 {
				say("\x1e", object{"reject": object{"seq": position, "reason": "it is no envelope", "code": "invalid"}})
			} else {
				must(fmt.Errorf("line %d is no envelope", position))
			}
		}
		if err == nil && stdin.Buffered() > 0 && size < 1<<20 {
			continue
		}
		must(deliver(data))
		if isAcking && position > 0 {
			say("\x1e", object{"ack": position})
		}
		data, size = data[:0], 0
		if err != nil {
			return
		}
	}
}

func isStopping() bool {
	select {
	case <-stopping:
		return true
	default:
		return false
	}
}

func say(mark string, value any) {
	text, err := json.Marshal(value)
	must(err)
	fmt.Fprintf(stdout, "%s%s\n", mark, text)
	if stdout.Flush() != nil {
		os.Exit(0) // nobody reads any more
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

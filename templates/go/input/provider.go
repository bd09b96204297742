// An input for dstream: counts, and goes on where it was.
package main

import (
	"encoding/json"
	"time"
)

var none = int64(0)

func main() {
	provider{
		spec: spec{
			name:        "my-provider",
			version:     "0.1.0",
			role:        "input",
			description: "Counts, and sends each number with its square",
			features:    []string{"state"},
			keys: map[string]key{
				"max_count":   {"integer", &none, 0, "Ends after so many envelopes; 0 goes on", []any{100}},
				"interval_ms": {"integer", &none, 0, "Pause between two envelopes, in milliseconds", []any{1000}},
			},
			example: object{"max_count": 100},
		},
		send: send,
	}.main()
}

type place struct {
	Next int `json:"next"`
}

// send yields envelopes, each with what to go on from behind it.
func send(text, resume []byte, yield func(envelope, state any) bool) error {
	var config struct {
		MaxCount   int `json:"max_count"`
		IntervalMs int `json:"interval_ms"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return err
	}
	at := place{1}
	if resume != nil {
		if err := json.Unmarshal(resume, &at); err != nil {
			return err
		}
	}
	for n := at.Next; config.MaxCount == 0 || n <= config.MaxCount; n++ {
		envelope := object{"data": object{"n": n, "square": n * n}, "metadata": object{"seq": n}}
		if !yield(envelope, place{n + 1}) {
			return nil
		}
		select {
		case <-stopping:
			return nil
		case <-time.After(time.Duration(config.IntervalMs) * time.Millisecond):
		}
	}
	return nil
}

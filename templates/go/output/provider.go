// An output for dstream: appends to a file, acknowledges what is on the disk.
package main

import (
	"encoding/json"
	"os"
)

func main() {
	provider{
		spec: spec{
			name:        "my-provider",
			version:     "0.1.0",
			role:        "output",
			description: "Appends the data of each envelope to a file",
			features:    []string{"ack"},
			required:    []string{"path"},
			keys: map[string]key{
				"path": {"string", nil, nil, "The file, one JSON text a line", []any{"out.jsonl"}},
			},
			example: object{"path": "out.jsonl"},
		},
		open: open,
	}.main()
}

// open gives a function that returns when all data is durable.
func open(text []byte) (func([][]byte) error, error) {
	var config struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(config.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return func(data [][]byte) error {
		for _, each := range data {
			if _, err := file.Write(append(each, '\n')); err != nil {
				return err
			}
		}
		return file.Sync()
	}, nil
}

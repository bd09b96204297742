// Command go-clients runs clients of Go, which nobody here wrote, against the test
// servers. What it is asked for comes as arguments, what it found goes to stdout,
// and it ends with 1 where a client met something that its makers don't document.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{
		"sqlserver":  sqlServer,
		"servicebus": serviceBus,
		"send-types": sendTypes,
		"show-types": showTypes,
		"eventhubs":  eventHubs,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "go-clients sqlserver|servicebus|send-types|show-types|eventhubs …")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

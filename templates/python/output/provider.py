#!/usr/bin/env python3
"""An output for dstream: appends to a file, acknowledges what is on the disk."""
import json, os
import protocol

SPEC = {
    "name": "my-provider",
    "version": "0.1.0",
    "role": "output",
    "description": "Appends the data of each envelope to a file",
    "protocol": {"version": 2},
    "features": ["ack"],
    "commands": [],
    "config": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["path"],
        "properties": {
            "path": {
                "type": "string",
                "description": "The file, one JSON text a line",
                "examples": ["out.jsonl"],
            },
        },
    },
    "examples": [{"path": "out.jsonl"}],
}


def open_file(config):
    file = open(config["path"], "ab")

    def deliver(data):
        """Returns when all of it is durable."""
        file.writelines(json.dumps(each).encode() + b"\n" for each in data)
        file.flush()
        os.fsync(file.fileno())

    return deliver


if __name__ == "__main__":
    protocol.main(SPEC, open_file)

#!/usr/bin/env python3
"""An input for dstream: counts, and goes on where it was."""
import protocol

SPEC = {
    "name": "my-provider",
    "version": "0.1.0",
    "role": "input",
    "description": "Counts, and sends each number with its square",
    "protocol": {"version": 2},
    "features": ["state"],
    "commands": [],
    "config": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "max_count": {
                "type": "integer",
                "minimum": 0,
                "default": 0,
                "description": "Ends after so many envelopes; 0 goes on",
                "examples": [100],
            },
            "interval_ms": {
                "type": "integer",
                "minimum": 0,
                "default": 0,
                "description": "Pause between two envelopes, in milliseconds",
                "examples": [1000],
            },
        },
    },
    "examples": [{"max_count": 100}],
}


def read(config, resume):
    """Yields envelopes, each with what to go on from behind it."""
    max_count = config.get("max_count", 0)
    n = resume["next"] if resume else 1
    while not protocol.STOP.is_set() and (max_count == 0 or n <= max_count):
        data = {"n": n, "square": n * n}
        n += 1
        yield {"data": data, "metadata": {"seq": n - 1}}, {"next": n}
        protocol.STOP.wait(config.get("interval_ms", 0) / 1000)


if __name__ == "__main__":
    protocol.main(SPEC, read)

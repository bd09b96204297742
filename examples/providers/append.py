#!/usr/bin/env python3
"""An output of version 2: appends to a file, acknowledges what is on disk."""
import json, os, sys


def say(line):
    print(line if isinstance(line, str) else json.dumps(line), flush=True)


def control(record):
    say("\x1e" + json.dumps(record))


start = json.loads(sys.stdin.readline())
path = start["config"].get("path")
if path is None:
    say({"status": "error", "message": "path is required", "path": "config.path"})
    sys.exit(1)
is_acknowledging = start.get("protocol", {}).get("version", 1) >= 2
features = {"version": 2, "features": ["ack"]} if is_acknowledging else {"version": 1}
say({"status": "ready", "protocol": features})

with open(path, "ab") as file:
    for position, line in enumerate(sys.stdin.buffer, start=1):
        try:
            data = json.loads(line)["data"]
        except (ValueError, KeyError, TypeError):
            if not is_acknowledging:
                sys.exit(f"line {position} is no envelope")
            reason = {"seq": position, "reason": "no envelope", "code": "invalid"}
            control({"reject": reason})
        else:
            file.write(json.dumps(data).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_acknowledging:
            control({"ack": position})

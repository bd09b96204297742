#!/usr/bin/env python3
"""An input of version 2: the lines of a file, going on where it was."""
import json, sys, threading


def say(line):
    print(line if isinstance(line, str) else json.dumps(line), flush=True)


def control(record):
    say("\x1e" + json.dumps(record))


start = json.loads(sys.stdin.readline())
config, offered = start["config"], start.get("protocol", {})
if offered.get("version", 1) < 2 or "state" not in offered.get("features", []):
    say({"status": "error", "message": "this input needs states"})
    sys.exit(1)
try:
    file = open(config["path"], "rb")
except KeyError:
    say({"status": "error", "message": "path is required", "path": "config.path"})
    sys.exit(1)
except OSError as error:
    say({"status": "error", "message": str(error), "path": "config.path"})
    sys.exit(1)

stopping = threading.Event()


def listen():
    for line in sys.stdin:
        if '"stop"' in line:
            break
    stopping.set()  # a stop record, or the CLI is gone


threading.Thread(target=listen, daemon=True).start()
say({"status": "ready", "protocol": {"version": 2, "features": ["state"]}})
file.seek(start.get("resume") or 0)
for line in iter(file.readline, b""):
    if stopping.is_set():
        break
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    say({"data": text, "metadata": {"offset": file.tell()}})
    control({"state": file.tell()})
control({"end": True})

#!/usr/bin/env python3
"""An output in ten lines: one row of text per envelope."""
import json, sys
start = json.loads(sys.stdin.readline())
config = start.get("config", start)
if "command" in start:
    print(json.dumps({"status": "ready"}), flush=True)
for line in sys.stdin:
    row = json.loads(line)["data"]
    print(config.get("separator", " | ").join(map(str, row.values())), flush=True)

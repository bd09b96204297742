#!/usr/bin/env python3
"""An input in ten lines: 1, 4, 9, …"""
import json, sys
start = json.loads(sys.stdin.readline())
config = start.get("config", start)
if "command" in start:
    print(json.dumps({"status": "ready"}), flush=True)
for n in range(1, config.get("count", 3) + 1):
    envelope = {"data": {"n": n, "square": n * n}, "metadata": {"seq": n}}
    print(json.dumps(envelope), flush=True)

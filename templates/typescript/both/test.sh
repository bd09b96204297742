#!/bin/sh
# What is expected of every provider; see docs/writing-providers.md of dstream.
cd "$(dirname "$0")" || exit 1
exec dstream provider test ./run "$@"

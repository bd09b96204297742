#!/bin/sh
# An output in ten lines: prints every envelope in capitals.
read -r start
case $start in *'"command"'*) echo '{"status":"ready"}' ;; esac
while IFS= read -r line; do
  printf '%s\n' "$line" | tr '[:lower:]' '[:upper:]'
done
echo "[shout] there is no more" >&2

#!/bin/sh
# An input in ten lines: sends the time, three times.
read -r start
case $start in *'"command"'*) echo '{"status":"ready"}' ;; esac
for seq in 1 2 3; do
  echo "{\"data\":{\"time\":\"$(date +%T)\"},\"metadata\":{\"seq\":$seq}}"
  sleep 0.1
done
echo "[clock] sent three envelopes" >&2

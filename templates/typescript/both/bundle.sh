#!/bin/sh
# The provider and all it imports as one file, for Node, Deno and dstream itself.
set -eu
cd "$(dirname "$0")"
mkdir -p "$(dirname "$1")"
if command -v deno >/dev/null; then
  exec deno bundle --quiet --platform=deno --output="$1" provider.ts
fi
exec npx esbuild provider.ts --bundle --platform=node --format=esm \
  --target=node20 --log-level=warning --outfile="$1"

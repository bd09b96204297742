#!/bin/sh
# One executable archive; the same for every platform that has Python.
set -eu
cd "$(dirname "$0")"
rm -rf build dist && mkdir -p build/app dist
cp protocol.py build/app/
cp provider.py build/app/__main__.py
python3 -m zipapp build/app -p "/usr/bin/env python3" -o build/my-provider
for platform in linux_amd64 linux_arm64 darwin_amd64 darwin_arm64; do
  cp build/my-provider "dist/my-provider_$platform"
done

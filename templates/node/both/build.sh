#!/bin/sh
# Both files as one with a shebang; the same for every platform that has Node. As
# the .mjs it is a module, which dstream runs where there is no Node.
set -eu
cd "$(dirname "$0")"
rm -rf build dist && mkdir -p build dist
{
  echo '#!/usr/bin/env node'
  grep -h '^import' protocol.mjs provider.mjs | grep -v protocol.mjs | sort -u
  grep -v '^import' protocol.mjs | sed 's/^export //'
  grep -v -e '^import' -e '^#!' provider.mjs
} >build/my-provider
chmod +x build/my-provider
for platform in linux_amd64 linux_arm64 darwin_amd64 darwin_arm64; do
  cp build/my-provider "dist/my-provider_$platform"
done
cp build/my-provider dist/my-provider.mjs

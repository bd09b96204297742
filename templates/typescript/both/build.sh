#!/bin/sh
# dist/my-provider.mjs, which dstream runs on every platform; and an executable for
# each of them, for who has an older dstream or wants one (needs Deno).
set -eu
cd "$(dirname "$0")"
rm -rf dist && mkdir -p dist
./bundle.sh dist/my-provider.mjs
command -v deno >/dev/null || exit 0
all="linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64"
for platform in ${PLATFORMS:-$all}; do
  case $platform in
    linux/amd64) target=x86_64-unknown-linux-gnu ;;
    linux/arm64) target=aarch64-unknown-linux-gnu ;;
    darwin/amd64) target=x86_64-apple-darwin ;;
    darwin/arm64) target=aarch64-apple-darwin ;;
    windows/amd64) target=x86_64-pc-windows-msvc ;;
  esac
  "${DENO:-deno}" compile --quiet -A --no-check --no-config --target "$target" \
    --output "dist/my-provider_$(echo "$platform" | tr / _)" dist/my-provider.mjs
done

#!/bin/sh
# One executable per platform.
set -eu
cd "$(dirname "$0")"
rm -rf dist && mkdir -p dist
all="linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64"
for platform in ${PLATFORMS:-$all}; do
  os=${platform%/*} arch=${platform#*/} end=
  if [ "$os" = windows ]; then end=.exe; fi
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath \
    -o "dist/my-provider_${os}_$arch$end" .
done

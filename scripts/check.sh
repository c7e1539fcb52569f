#!/bin/sh
# What must hold before a change is shared: format, vet, the race detector, the debug build, each fuzzer for a moment.
# Usage: scripts/check.sh
set -eu
cd "$(dirname "$0")/.."

echo "== gofmt"
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "gofmt would change:" >&2
	echo "$unformatted" >&2
	exit 1
fi
echo "== go vet"
go vet ./...
echo "== other architecture"
GOARCH=arm64 go vet ./...
echo "== tests with buffer checks"
go test -tags gvppdebug ./...
echo "== tests with the race detector"
go test -race ./...
echo "== fuzzers"
sh scripts/fuzz.sh 3s

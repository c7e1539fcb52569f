#!/bin/sh
# Runs every fuzz target of the tree for a while. Usage: scripts/fuzz.sh [TIME], 10s unless told otherwise
set -eu
cd "$(dirname "$0")/.."

git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u | while read -r dir; do
	for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //'); do
		echo "== $dir $target"
		go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-10s}"
	done
done

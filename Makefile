# Thin names for go commands; the README explains them.
.PHONY: check test race debug fuzz bench demo

test:
	go test ./...

check:
	sh scripts/check.sh

race:
	go test -race ./...

debug:
	go test -tags gvppdebug ./...

fuzz:
	sh scripts/fuzz.sh 20s

bench:
	go run ./bench

demo:
	go run ./cmd/gvpp demo

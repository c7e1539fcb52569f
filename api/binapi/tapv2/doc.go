// Package tapv2 is taps: interfaces whose other end is a network device of the host.
//
// All but this comment is generated from tapv2.api.
package tapv2

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. tapv2.api

// Package fib_types is paths of routes.
//
// All but this comment is generated from fib_types.api.
package fib_types

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. fib_types.api

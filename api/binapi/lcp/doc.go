// Package lcp is pairs of an interface and a device of the host, whose stack speaks for the interface's addresses.
//
// All but this comment is generated from lcp.api.
package lcp

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. lcp.api

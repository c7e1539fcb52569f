// Package vlib is the command line, the graph's nodes and the threads. What it has of shared memory is listed, and not served.
//
// All but this comment is generated from vlib.api.
package vlib

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. vlib.api

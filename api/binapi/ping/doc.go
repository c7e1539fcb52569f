// Package ping is echo requests, sent for a client.
//
// All but this comment is generated from ping.api.
package ping

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. ping.api

// Package ip_types has addresses, prefixes and protocol numbers. It has no messages.
//
// All but this comment is generated from ip_types.api.
package ip_types

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. ip_types.api

// Package ip is IP: tables, routes, addresses, flow hashing, punting, reassembly settings, path MTUs.
//
// All but this comment is generated from ip.api.
package ip

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. ip.api

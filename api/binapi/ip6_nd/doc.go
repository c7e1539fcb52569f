// Package ip6_nd is IPv6 neighbour discovery: what routers tell, and proxies.
//
// All but this comment is generated from ip6_nd.api.
package ip6_nd

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. ip6_nd.api

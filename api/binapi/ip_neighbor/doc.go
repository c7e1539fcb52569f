// Package ip_neighbor is neighbours on links: ARP and IPv6 neighbour discovery.
//
// All but this comment is generated from ip_neighbor.api.
package ip_neighbor

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. ip_neighbor.api

// Package ethernet_types has the Ethernet address. It has no messages.
//
// All but this comment is generated from ethernet_types.api.
package ethernet_types

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. ethernet_types.api

// Package interfaces is interfaces: their list and state, addresses, queues, subinterfaces, loopbacks, packet capture.
//
// sw_if_index 0 is local0, which neither sends nor receives; 0xffffffff is none, or all.
//
// All but this comment is generated from interface.api.
package interfaces

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. interface.api

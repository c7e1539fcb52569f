// Package arp is proxy ARP: who answers requests for addresses that are not his.
//
// All but this comment is generated from arp.api.
package arp

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. arp.api

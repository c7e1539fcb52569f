// Package acl is access control lists, as VPP's plugin of that name has them.
//
// Lists are known by their index, rules by their place in a list. 0xffffffff is a new list, or all.
//
// All but this comment is generated from acl.api.
package acl

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. acl.api

// Package acl_types has the rules of access control lists. It has no messages.
//
// All but this comment is generated from acl_types.api.
package acl_types

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. acl_types.api

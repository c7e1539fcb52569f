// Package interface_types has the types that messages about interfaces share. It has no messages.
//
// All but this comment is generated from interface_types.api.
package interface_types

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. interface_types.api

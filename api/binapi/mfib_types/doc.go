// Package mfib_types is paths of multicast routes.
//
// All but this comment is generated from mfib_types.api.
package mfib_types

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. mfib_types.api

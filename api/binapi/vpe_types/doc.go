// Package vpe_types has versions, times and log levels. It has no messages.
//
// All but this comment is generated from vpe_types.api.
package vpe_types

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. vpe_types.api

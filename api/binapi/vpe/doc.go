// Package vpe is the process: its version, its clock, its log.
//
// All but this comment is generated from vpe.api.
package vpe

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. vpe.api

// Package pg is the packet generator: interfaces that read and write capture files.
//
// All but this comment is generated from pg.api.
package pg

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. pg.api

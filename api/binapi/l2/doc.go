// Package l2 is layer 2: cross-connects, bridge domains and their tables, tag rewriting.
//
// All but this comment is generated from l2.api.
package l2

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. l2.api

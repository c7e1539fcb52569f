// Package classify is VPP's classify tables: masks over a packet's bytes, and what happens to those with certain values in them.
//
// Tables are known by their index. gvpp's own rules are another module, classify_rules.
//
// All but this comment is generated from classify.api.
package classify

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. classify.api

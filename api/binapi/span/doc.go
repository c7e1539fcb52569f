// Package span is mirroring: copies of an interface's packets leave by another one.
//
// All but this comment is generated from span.api.
package span

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. span.api

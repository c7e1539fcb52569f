// Package punt is what goes to somebody else that the dataplane itself does not answer.
//
// All but this comment is generated from punt.api.
package punt

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . -I .. punt.api

// Package flowtrackapi is the messages of nodes/flowtrack: sessions, their timeouts, zones, limits and events.
//
// All but this comment is generated from flowtrack.api, whose comments are the reference. Linux's names are used for states,
// timeouts and settings.
package flowtrackapi

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I ../../../api/binapi flowtrack.api

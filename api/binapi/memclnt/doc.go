// Package memclnt is the connection itself: sockets opened and closed, the table of messages, pings and descriptions.
//
// Its messages have the ids 1 to 28, in the order of the file. Those of shared memory and of a client's own threads are
// listed because clients count on the ids; none of them is served.
//
// All but this comment is generated from memclnt.api.
package memclnt

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. memclnt.api

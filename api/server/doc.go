// Package server serves api services on VPP's API socket, so that VPP's own clients (GoVPP, vpp_papi, VAPI) drive gvpp.
//
// Terms: a frame is a message with the 16 bytes that say its length. The table maps message ids to messages; a client learns
// it when it introduces itself with sockclnt_create. A request is unhandled when its module is served and it is not: the
// answer is a reply of zeros with retval -9. A channel is the upper 15 bits of a request's context: GoVPP numbers its channels
// and streams there (the bit below says that a dump's end is awaited, the rest is a sequence number); the small contexts that
// other clients count up are all of channel 0.
//
//	          reader               executor              writer
//	client ----------> queue ----------------> outbox ----------> client
//	          |  ordered, bounded    handlers    ^  bounded
//	          |                                  |
//	          +----- a ping with nothing of ----- +----- events, dropped when there are too many
//	                 its channel before it
//
// A connection has three goroutines. The reader cuts the stream into requests. The executor runs one after the other and
// puts what they answer into the outbox, where it waits for room: a dump goes as fast as its client reads. The writer sends;
// a client that takes too long to read is cut off, which ends the context of its handlers. A control_ping overtakes the
// requests of other channels, because a client takes the server for dead that does not answer one in 250 ms, however long its
// own request takes.
//
// Invariants: the requests of a channel are answered in their order; the bytes of two messages are never mixed; what a client
// makes the server hold is bounded (see Config), and a length in a header alone makes it hold nothing; a handler's panic
// costs its request only; an event never makes its sender wait.
//
// The package checks no rights but the socket's mode and group, and holds no state of the dataplane. VPP's transport through
// shared memory is not served: its messages answer an error.
package server

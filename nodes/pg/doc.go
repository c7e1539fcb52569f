// Package pg is the packet generator: streams of packets that begin at any node of the graph, and the interfaces pg0, pg1, …
// that count and capture what is sent by them.
//
// Terms: a stream says what packets there are (VPP's text, see package craft; a capture; or a Source, which is Go), how many and
// how fast, which interface counts as having received them, and the node where they begin. The node pg-input, on the worker that
// the stream names, makes them. A capture writes what an interface sends to a file, or gives it to a function.
//
//	text ───── craft ──.
//	capture ───────────+─> stream ─> pg-input ─> ethernet-input, or any node         interface-output ─> pgN ─> capture
//	Source ────────────'
//
// Invariant: a worker owns a stream as long as the stream is in the list that the worker reads; the control side takes it out
// and waits for the epoch before it touches it. A stream that has come to its end stays in the list, and does nothing there,
// until somebody changes the list. A stream shows as ended when its last packet's pass is over.
//
// An interface has a mode: with ip4 and ip6 there is no Ethernet on it. What it receives begins with the IP header, at ip4-input or
// ip6-input, and what is routed there leaves so, whoever it is for.
//
// Rates are exact on average by the dataplane's clock: what could not be sent in time is sent later, in whole frames. Packets
// are one buffer each; longer ones are refused. Offloads are not there.
package pg

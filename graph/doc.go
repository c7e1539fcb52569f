// Package graph runs vectors of packets through a graph of nodes, on workers that share nothing.
//
// Terms: a node is a Spec (registered as data: its name, its nexts by name, its error counters, its place on a feature
// arc) and, per worker, a Processor made from it; a frame is the container of up to VectorSize buffers dispatched to a
// node; a next is an output slot of a node; a feature arc is an ordered chain of nodes that interfaces enable one by
// one; a worker is one goroutine on one OS thread running the loop; the barrier holds the workers between two loops.
//
//	ports ──rx──> ethernet-input ──> … ──> interface-output ──tx──> ports        one pass of the loop (worker.go):
//	                  │ Process gives each packet a next                            quiesce, input, dispatch, flush, rest
//	                  └ the engine scatters runs of equal nexts into frames
//
// A node only says where each packet goes, so it can neither lose a packet nor send it twice. One that must keep packets
// for later says so too (Hold), and is asked for them at the start of each pass (Poller). Nodes are run lowest rank first
// (ranks follow the graph's edges), so that a pass dispatches each node once, with the fullest vector.
//
// Invariants: a pass takes in at most VectorSize packets and ends with none in flight but those that nodes hold; no frame
// can overflow. What workers see of the control side (wiring of arcs, ports) is an immutable snapshot loaded once per
// pass.
//
// Packets are followed through the graph for a trace and a capture (follow.go); while nobody asks for one, that costs nothing.
//
// The package does not know what a node does, does not open devices, and starts no goroutine but the workers'.
package graph

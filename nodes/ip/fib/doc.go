// Package fib is the forwarding tables of IPv4 and IPv6: which hop a packet to an address takes.
//
// Terms: a table is one VRF of one family, named by the operator's id; a route is a prefix in it and, by source, the paths that
// were given for it; a path says where to send, in the operator's words; a hop says it in the packet path's, and is one per
// neighbour however many routes lead there; a forward is what a route comes to, one hop or a row of them for a packet's flow hash
// to choose from, and is one per set of paths however many routes have it.
//
//	table ──prefix──> forward ──flow hash──> hop ──> header, interface
//
// Control changes a FIB under the caller's lock; workers read a Snapshot, which is replaced when a route changes, and hops and
// forwards, which are replaced one by one: that a neighbour answers changes one hop and no route. What nobody refers to any more is
// used again after an epoch.
//
// A table is kept twice: as control needs it, with the prefixes in it, and for IPv4 as plies, where each search takes a step a byte of
// the address and ends at a number. IPv6 is searched in the former, and workers remember what they have found.
//
// Invariant: what a snapshot leads to is what a linear scan over all routes finds, the longest prefix first, the best source, the
// lowest preference whose paths can be used; where nothing can be used packets are dropped. Every number in a snapshot stays
// what it was until all workers have let go of that snapshot.
//
// The package sends nothing, asks no neighbour and keeps no time. Multicast routes are none of its business.
package fib

// Package peer is what gvpp is compared with and what does not run inside this process: C programs of our own around
// other people's tables, a plain AF_XDP forwarder in C, the kernel's own forwarding, VPP.
//
// Terms: a peer is such a thing; a child is a peer's process, which answers one line for each line it is asked and ends
// when its standard input does; a site is the place in a lab where a forwarder stands; a forwarder moves packets from one
// device of its site to the other, while somebody else sends, counts and reads the clock.
//
// Invariant: a peer that this machine cannot run is a value too, with the reason and the remedy in Skip; nothing a peer
// has started outlives its Close or this process, and no file is left but compiled programs in the user's cache.
//
// C sources are embedded and compiled when they are needed: nothing here is linked into gvpp, and no cgo is used. The
// package does not judge, repeat or compare: that is the runner's.
package peer

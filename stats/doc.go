// Package stats is the statistics segment: counters in memory that clients map and read by themselves, in the layout of
// VPP's segment, version 2, so that its clients (GoVPP, vpp_papi, vpp_get_stats, vpp_prometheus_export) read it.
//
// Terms: an entry is a name with a type and a value or a pointer; the directory is the vector of all entries, and an entry's
// index its place there; a vector is a length with elements behind it; counters are a row of columns for each thread, and a
// column holds one number (simple) or packets and bytes (combined); a link is an entry that stands for one column of all rows;
// a change is what Segment.Change makes of the structure; the epoch counts changes.
//
//	header     version, base, epoch, in_progress, directory        64 bytes
//	directory  length | entry 0 | entry 1 | …                      144 bytes each, room for all from the start
//	vectors    length | element 0 | element 1 | …                  each on a cache line of its own
//
// Invariants: in_progress is never set. A reader that finds it set waits without end, and a writer that dies meanwhile leaves it
// set. Instead every state that memory passes through is one that can be read: an entry keeps its index; what is new is written
// where no reader looks, then one store shows it; memory of a kind (pointers, numbers, text) stays of that kind. The epoch goes
// up before a change and after it, so that whoever has read from both sides of it reads again. docs/design/0008 has the
// reasons. Numbers change at any time, by plain stores of 64 bits from whoever owns them, without an epoch.
//
// The package knows nothing of workers, interfaces or nodes, and makes no names up.
package stats

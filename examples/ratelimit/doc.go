// Package ratelimit limits what each source address may send: so many packets and bytes a second, with a burst.
//
// It is an example of a whole plugin: rules that an operator sets, state that packets make, and an end to that state. Terms: a limit
// belongs to an interface; each source address that sends there, IPv4 or IPv6, has a bucket of credits; a packet that finds too few
// is dropped.
//
//	CLI, API, startup.conf ──> Set, Delete ──publish──> limits, immutable, by sw_if_index
//	                                                      │ loaded once a vector
//	packet ──> source address ──> a slot of the worker's table ──> enough credits? ──> on its way, or error-drop
//
// Invariants: a table belongs to one worker, which alone reads and writes it, so there is no lock and no atomic access per packet.
// Its size is fixed: packets allocate nothing, whoever sends them. A bucket that has been full again for a while says nothing, and
// its slot is given back: the control goroutine says when, the worker does it, a slice at each vector.
//
// A source that finds no slot free shares one bucket, of the same limit, with the others that found none at its interface: a flood of
// invented addresses gets no more than one source would, and those that have a bucket already do not notice.
//
// What it does not do: a source whose packets come to several workers has a bucket at each, and so may get its limit from each. It
// does not shape: nothing waits. What is not IP is not limited.
package ratelimit

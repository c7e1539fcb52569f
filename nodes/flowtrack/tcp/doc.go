// Package tcp follows TCP connections from the middle: which state a connection is in, which sequence numbers its sides
// may use next, and whether a segment belongs.
//
// Terms: a side is what is known of the sender in one direction; the original direction is that of the first segment; a
// kind is what of a segment's flags moves the state: SYN, SYN+ACK, FIN, ACK, RST or none of these; a segment is in the
// window if its receiver would take it: the bounds are those of G. van Rooij, "Real Stateful TCP Packet Filtering in IP
// Filter" (2000), where data may overlap the window's edges and acknowledgements may be late by a window.
//
//	seq            end                       I    seq <= maxEnd of the sender
//	 |---- data ----|                        II   end >= end of the sender - maxWin of the receiver
//	      |------ window ------|             III  ack <= end of the receiver
//	     end - maxWin        maxEnd          IV   ack >= end of the receiver - maxWin of the sender, 66,000 at least
//
// The observer sees each segment, but cannot know whether it arrives. So it believes nothing that only one side can know: a
// SYN inside a connection passes and is noted, and only the answer tells whether it has begun a new one; a reset counts if
// its number is the one that its receiver has acknowledged last, else the connection stays, for a challenge to be answered.
//
// Invariant: states and verdicts are those of Linux's nf_conntrack (6.18) for the same segments; the oracle's campaign
// compares them. The package knows neither packets nor tables nor time, and does not lock.
package tcp

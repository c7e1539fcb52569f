// Package inacl is VPP's classify tables, and the input and output ACLs made of them.
//
// Terms: a table has a mask over vectors of 16 bytes, behind vectors that it skips, and sessions: values of the bytes that the
// mask leaves. A packet that has one hits; one that has none asks the next table, and behind the last it misses. A hit or miss lets
// the packet go on, or denies it. An interface asks one table of each kind about what it receives, and one about what it sends: ip4 and
// ip6 about packets of that family, l2 about frames.
//
//	frame    | Ethernet | IP | TCP | data        ip4, ip6: from the IP header, plus the table's offset
//	mask            | 0 .. f 0 .. | 0 ..         l2: from the first byte
//	         skip x 16   match x 16              without current data: from the first byte
//
// A punt ACL is asked about what is for this host and has no taker, whichever interface it comes from.
//
// Invariants: the tables and who asks them are one immutable state, which workers load once a vector; a table's sessions change one by
// one, by atomic pointers, and are the collector's. What a packet is too short for counts as zeros: nothing outside it is read.
//
// A filter has tables, too: they choose the frames that a trace or a capture is about, and ask those that somebody looks at only.
//
// It does not choose FIBs, policers or flows: an action, an advance or a next node of a session is refused.
package inacl

// Package oracle asks the machine's kernel: it sends the same packets through Linux's nf_conntrack and through gvpp's graph
// and compares, packet by packet, what connection tracking makes of them.
//
// Terms: an Answer is what one side says of one packet: its class and direction, and the session it belongs to. The Kernel
// is a network namespace that forwards what is written to its TUN device; an nft rule behind conntrack reports each packet's
// class through NFLOG, and the session is read through ctnetlink. The Graph is a dataplane with two memory ports. A Match
// runs packets through both and keeps the books; a dialogue is the packets of one flow.
//
//	            ┌ t0 ─ prerouting: conntrack, class to NFLOG ─ routing ─ forward ─ postrouting: confirmed ─ t1 ┐
//	packet ─────┤                                                                                             ├ compare
//	            └ a ── flow-lookup ─ pkt-classify ─ flow-track ──────────────────────────────────────────── b ┘
//
// Invariant: both sides see the same IP datagrams in the same order, each only after both are done with the one before. All
// timeouts have different values, the same on both sides, so that what is left of one tells its name.
//
// What it does not do: it needs root, and compares nothing that the kernel does not show. It changes nothing outside of
// the namespace it makes.
package oracle

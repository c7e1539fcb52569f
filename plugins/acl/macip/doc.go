// Package macip is the MACIP lists of VPP's ACL plugin: which Ethernet address may use which IP address on an interface.
//
// Terms: a rule has a masked Ethernet address and a prefix, and permits or denies what comes from both; a list is rules under an
// index, with a tag; an interface has one list at most. A group is a list's rules of one mask, prefix length and family, found by one
// look into a hash table.
//
// Invariants: an interface's packets are asked for in VPP's order, group by group: by the bits that they compare and the rules they
// have, most first; of equal rules the last one holds. What no rule matches is dropped, whatever its ethertype. An ARP packet
// matches as an IPv4 packet of its sender does, and its sender's Ethernet address has to be the frame's, as far as the mask reaches.
// Lists and who has them are one immutable state, which workers load once a vector; only the counts change.
//
// A rule that permits both ways has the interface's output looked at, too: by destination. There ARP passes.
//
// What differs from VPP's: it does not become classify tables, so VPP's `show classify tables` has none of it, and input ACLs of the
// same interface are asked as well; ARP is examined on interfaces that route, too, where VPP examines it on bridged ones only.
package macip

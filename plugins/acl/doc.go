// Package acl is VPP's ACL plugin in terms of classify's rules: a control plane that programs VPP's access lists programs
// gvpp with the same messages.
//
// Terms: a list is ordered rules under an index, with a tag; it is applied to an interface as one of the lists for what
// that receives (input) or sends (output). A rule permits, denies, or permits and reflects: the session that its packet
// begins is then let through both ways.
//
// Invariants: of all lists of a direction, the first rule that matches decides; where there is a list, what no rule matches
// is dropped. One operation is one publication: each packet sees all interfaces before it or all behind it. The rules stand
// behind those of classify's own that an operator has given the interface.
//
// What differs from VPP's: a reflected session's replies pass at every interface, not only at the one with the rule; after
// a change sessions are examined by the new rules, where VPP lets them be unless told otherwise; TCP is followed by its
// windows. A rule about other protocols than TCP, UDP and ICMP ignores its ranges, where VPP's never matches.
package acl

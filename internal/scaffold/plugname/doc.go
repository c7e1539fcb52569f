// Package plugname counts or drops packets by an ordered list of rules about where they go.
//
// Terms: a rule is a match (a destination prefix and, where wanted, a protocol and a destination port) with an action, count or
// drop; a table is the immutable form of all rules that workers read; an interface is enabled where its packets pass the node.
//
//	ip4-input ─┐            ┌ count, or no rule ─> the arc's next feature
//	ip6-input ─┼> plugname ─┤
//	other ─────┘            └ drop ─> error-drop
//
// Invariants: the first rule that matches decides. Within one vector all packets meet one table. An operation (a Go method) returns
// when all workers use what it has published; commands, messages and startup.conf are fronts that call it.
//
// What it does not do: rules are asked one after the other, so there are few (MaxRules); nodes/classify finds one among 100,000.
// There are no sessions. Frames that are not IP pass. Of a fragmented datagram only the first fragment has a port.
package plugname

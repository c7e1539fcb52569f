// Package classify decides by rules whether a packet passes, is dropped, or is redirected to another interface.
//
// Terms: a rule is a match and an action, on an interface and a direction (in: packets received there; out: packets
// about to leave there); such a pair is a point, with an ordered list of rules; a ruleset is the compiled, immutable
// form of all points together, with a generation number; a session is what flowtrack keeps (nodes/flowtrack), and a
// rule with keep-state lets a session's packets through.
//
//	                       ┌ session of a keep-state rule, this generation ─────────────> that rule's action
//	flow-lookup ─> pkt-classify ─ exact 5-tuple (hash) ─┐ the earlier of the two ───────> the rule's action
//	                       └──── wildcard rules, in order ┘ none: the point's default
//
// What counts for a packet: at its in point the first rule that matches, or else the interface's default. A point
// without an out rule lets everything out; with one, the interface's default holds there too. A packet that goes in the
// direction of a keep-state session's first packet is let through at the point where the rule stands, a reply at every
// point. A changed ruleset re-examines a session at its next packet, by the packet that began it.
//
// Invariants: first match wins, exactly; within one pass of a worker all packets see one ruleset; a change is effective
// on all workers when its operation returns. A packet that a rule decided about is counted by that rule, once.
//
// Wildcard rules are scanned in order; large sets of them are slow. Transport checksums and TTL are no matter for rules.
package classify

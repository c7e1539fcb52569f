// Package classify decides by rules whether a packet passes, is dropped, or is redirected to another interface.
//
// Terms: a rule is a match and an action, on an interface and a direction (in: packets received there; out: packets
// about to leave there); such a pair is a point, with an ordered list of rules; a ruleset is the compiled, immutable
// form of all points together, with a generation number; a session is what flowtrack keeps (nodes/flowtrack), and a
// rule with keep-state lets a session's packets through; a packet's class (new, established, related, invalid, untracked) is what
// the tracker says of it, and what a rule's states are compared with; a position is the number by which workers know a rule.
//
//	                       ┌ session of a keep-state rule, this generation ──> that rule's action
//	flow-lookup ─> pkt-classify ─ the point's tables (nodes/classify/tuple) ─> the first rule's action
//	                                                                └ none: the point's default
//
// What counts for a packet: at its in point the first rule that matches, or else the interface's default, except that
// neighbour discovery, from the link, passes a default that drops. A point without an out rule lets everything out; with one, the
// interface's default holds there too. A redirected packet meets the out point of the interface that it is redirected to,
// but at most one out point in all: redirects end. A packet that goes in the direction of those that a keep-state rule
// matched is let through at the rule's point, an answer at every point; answers of a redirected session go back to where it
// came from. An ICMP error about a session's packet goes as the session's packets of its direction go. An invalid packet has
// no session: no keep-state rule takes it or lets it through. A changed ruleset re-examines a session at its next packet, by
// the packet that began it, which was new. A session that a helper of the tracker has announced begins with a packet that is
// related; where no rule says anything about that, it is kept by the rule that keeps the session which has announced it.
//
// Invariants: first match wins, exactly; within one pass of a worker all packets see one ruleset; a change is effective
// on all workers when its operation returns. A rule counts a packet that it decided about at its point, once, even where
// it lets the packet through at both points; on record is the last decision, a pass behind a redirect aside.
//
// The order of rules is kept by labels with room between them, so a rule added or deleted costs about the same among ten rules
// as among 100,000. Transport checksums are no matter for rules, beyond the class that the tracker gives a packet, and TTL is none.
//
// The messages of the binary API are in package classifyapi; api.go serves them by the plugin's operations.
package classify

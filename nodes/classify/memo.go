package classify

import "github.com/gvpp/gvpp/dataplane/buffer"

// memo is what bySession found for a packet, for the packets of the vector that it holds for, too: those that come from
// the same interface, go in the same direction, and belong to sessions with the same keeper. Sessions that one rule
// lets through have equal keepers, so one memo serves most of a vector.
type memo struct {
	keeper   uint64 // 0: none
	rxIf     uint32
	id, slot uint32 // the rule's
	node     uint16
	flags    uint8 // the packet's, under memoFlags
}

// memoFlags are the bits that the finding depends on.
const memoFlags = buffer.FlagHasFlow | buffer.FlagReply | buffer.FlagOutSeen

// holds reports whether the memo is about a packet like m, whose session's keeper is still to be compared. A packet that
// another point has decided about is not: what is on record would matter.
func (k *memo) holds(m *buffer.Meta) bool {
	return m.Flags&memoFlags == k.flags && m.RxIf == k.rxIf && m.Verdict == byNothing && k.keeper != 0
}

// remember makes the memo for a packet that the rule at pos has just let through at an in point. An answer finds its rule
// whatever the point; a packet of the rule's own direction only by the session's first word, which names the point.
func (n *node) remember(rs *ruleset, at, pos uint32, m *buffer.Meta) {
	n.memo = memo{}
	k := keeper(n.state(m).LoadVerdict())
	back := k.reply() != (m.Flags&buffer.FlagReply != 0)
	r := &rs.rules[pos]
	if n.out == In && r.action == Pass && k.gen() == rs.gen && k.pos() == pos && (back || k.point() == at) {
		n.memo = memo{uint64(k), m.RxIf, r.id, r.slot, m.Node, m.Flags & memoFlags}
	}
}

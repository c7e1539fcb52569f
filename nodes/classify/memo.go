package classify

import "github.com/gvpp/gvpp/dataplane/buffer"

// memo is what was found for a packet, for the packets of the vector that it holds for, too: those that come from the same
// interface, go in the same direction, and belong to sessions with the same keeper. Sessions that one rule lets through
// have equal keepers, so one memo serves most of a vector.
type memo struct {
	keeper   uint64 // 0: none
	rxIf     uint32
	id, slot uint32 // the rule's; of a default the slot alone
	node     uint16
	flags    uint8 // the packet's, under memoFlags
	why      uint8 // what Meta.Verdict becomes
}

// memoFlags are the bits that the finding depends on.
const memoFlags = buffer.FlagHasFlow | buffer.FlagReply | buffer.FlagOutSeen

// holds reports whether the memo is about a packet like m, whose session's keeper is still to be compared. A packet that
// another point has decided about is not: what is on record would matter.
func (k *memo) holds(m *buffer.Meta) bool {
	return m.Flags&memoFlags == k.flags && m.RxIf == k.rxIf && m.Verdict == byNothing && k.keeper != 0
}

// remember makes the memo after a packet that passed an in point and that nothing had decided about before, by the rule at
// pos or by the default. What the keeper says must depend on nothing but itself, the point and the packet's direction: so
// it does where it is cached, or an answer, or names the point.
func (n *node) remember(rs *ruleset, at, pos uint32, m *buffer.Meta, known *memo) {
	*known = memo{}
	k := keeper(n.state(m).LoadVerdict())
	back := k.reply() != (m.Flags&buffer.FlagReply != 0)
	if n.out != In || k.gen() != rs.gen || k.pos() != pos || !k.cached() && !back && k.point() != at {
		return
	}
	*known = memo{uint64(k), m.RxIf, m.Rule, 0, m.Node, m.Flags & memoFlags, m.Verdict}
	switch {
	case pos == noRule && rs.points[at].fallback.action == Pass:
		known.slot = rs.points[at].fallback.slot
	case pos != noRule && rs.rules[pos].action == Pass:
		known.slot = rs.rules[pos].slot
	default:
		*known = memo{}
	}
}

// cached is what the rules said to an earlier packet of the session in the same direction at the same point, for sessions
// that no keep-state rule lets through: the position of a rule, or noRule.
func (n *node) cached(rs *ruleset, at uint32, m *buffer.Meta) (pos uint32, ok bool) {
	k := keeper(n.state(m).LoadVerdict())
	return k.pos(), k.cached() && k.gen() == rs.gen && k.point() == at && k.reply() == (m.Flags&buffer.FlagReply != 0)
}

// cache notes in the packet's session what the rules say to it, unless other rules must be asked about its next packet. There
// is room for one direction at one point; who comes first has it until the rules change.
func (n *node) cache(rs *ruleset, at, pos uint32, m *buffer.Meta) {
	if m.Flags&buffer.FlagHasFlow == 0 || pos != noRule && (rs.rules[pos].keep || rs.rules[pos].action == Drop) {
		return
	}
	if m.HasICMP || m.HasTCPFlags && rs.points[at].flags {
		return // the session's next packet may differ in what rules look at
	}
	s := n.state(m)
	k := keeper(s.LoadVerdict())
	if k == 0 || k.cached() && k.gen() != rs.gen {
		s.SwapVerdict(uint64(k), uint64(newKeeper(rs.gen, at, pos, m.Flags&buffer.FlagReply != 0)|cachedBit))
	}
}

package classify

import "github.com/gvpp/gvpp/dataplane/buffer"

// memo is what was found for a packet, for the packets of the vector that it holds for, too: those that come from the same
// interface, go in the same direction, and belong to sessions with the same keeper. Sessions that one rule lets through
// have equal keepers, so one memo serves most of a vector.
//
// It has four words, so that the compiler keeps it in registers.
type memo struct {
	keeper uint64 // 0: none
	about  uint64 // of the packet, see about
	rule   uint64 // slot<<32 | id of the rule; of a default the slot alone
	how    uint64 // node<<8 | what Meta.Verdict becomes
}

// memoFlags are the bits that the finding depends on.
const memoFlags = buffer.FlagHasFlow | buffer.FlagReply | buffer.FlagOutSeen

// about is what of a packet a memo depends on, besides its session's keeper. A packet that another point has decided about
// has no memo, for what is on record would matter.
func about(m *buffer.Meta) uint64 {
	return uint64(m.Verdict)<<40 | uint64(m.Flags&memoFlags)<<32 | uint64(m.RxIf)
}

// follow decides about the packets that the memo is good for, from the first on until one that it is not good for, and returns
// how many and how many bytes they are. It is a function of its own so that everything stays in registers.
//
//go:noinline
func (n *node) follow(v buffer.View, bufs []buffer.Index, known memo) (packets int, octets uint64) {
	for i, b := range bufs {
		m := v.Meta(b)
		if about(m) != known.about || n.state(m).LoadVerdict() != known.keeper {
			return i, octets
		}
		m.Verdict, m.Rule, m.Node = uint8(known.how), uint32(known.rule), uint16(known.how>>8)
		octets += uint64(m.Len)
	}
	return len(bufs), octets
}

// remember makes the memo after a packet that passed an in point and that nothing had decided about before, by the rule at
// pos or by the default. What the keeper says must depend on nothing but itself, the point and the packet's direction: so
// it does where it is cached, or an answer, or names the point.
func (n *node) remember(rs *ruleset, at, pos uint32, m *buffer.Meta) memo {
	k := keeper(n.state(m).LoadVerdict())
	back := k.reply() != (m.Flags&buffer.FlagReply != 0)
	if n.out != In || k.gen() != rs.gen || k.pos() != pos || !k.cached() && !back && k.point() != at {
		return memo{}
	}
	known := memo{uint64(k), about(m) &^ (0xff << 40), uint64(m.Rule), uint64(m.Node)<<8 | uint64(m.Verdict)}
	switch {
	case pos == noRule && rs.points[at].fallback.action == Pass:
		known.rule = uint64(rs.points[at].fallback.slot) << 32
	case pos != noRule && rs.rules[pos].action == Pass:
		known.rule |= uint64(rs.rules[pos].slot) << 32
	default:
		return memo{}
	}
	return known
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
	if m.Flags&buffer.FlagHasFlow == 0 || pos != noRule && (rs.rules[pos].keep || rs.rules[pos].action == Drop) ||
		pos == noRule && rs.points[at].fallback.action == Drop {
		return // it begins or ends something, or is dropped
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

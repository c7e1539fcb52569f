package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// settled is how many packets at the start of bufs, up to the first that does not, belong to sessions whose word is of this
// rule set and lets them pass. They are decided about and counted as session does it; n is the node of an in point. It is
// a function of its own so that everything stays in registers; and sessions that one rule lets through have equal words, so
// that what was found for a packet mostly holds for the next one.
//
//go:noinline
func (n *node) settled(v buffer.View, bufs []buffer.Index, rs *ruleset, node uint16) int {
	var last, kind uint64 // the word and the kind that found is good for
	var found passing
	run, octets := uint64(0), uint64(0)
	i := 0
	for ; i < len(bufs); i++ {
		m := v.Meta(bufs[i])
		if m.Flags&buffer.FlagHasFlow == 0 || wrapped(m) {
			break
		}
		word := n.state(m).LoadVerdict()
		if k := kindOf(m); word != last || k != kind {
			next := rs.passing(keeper(word), m)
			if next.why == byNothing {
				break
			}
			if next.slot != found.slot && run != 0 {
				n.tally.slots.add(found.slot, run, octets)
				run, octets = 0, 0
			}
			last, kind, found = word, k, next
		}
		m.Verdict, m.Rule, m.Node = found.why, found.id, node
		run++
		octets += uint64(m.Len)
	}
	if run != 0 {
		n.tally.slots.add(found.slot, run, octets)
	}
	return i
}

// kindOf is what of a packet with a session, besides that one's word, decides whether it passes.
func kindOf(m *buffer.Meta) uint64 {
	return uint64(m.Track)<<40 | uint64(m.Flags&buffer.FlagReply)<<32 | uint64(m.RxIf)
}

// passing is why a packet passes; the zero value says that it may not, or that it takes more than its session's word to know.
type passing struct {
	slot, id uint32 // of the rule; a default's id is 0
	why      uint8
}

// passing says what a session's word means for a packet that comes in: it passes by a keep-state rule, by another rule's cached
// answer, or by the cached default.
func (rs *ruleset) passing(k keeper, m *buffer.Meta) (p passing) {
	at := pointOf(m.RxIf, In)
	if k.gen() != rs.gen || int(at) >= len(rs.points) || !rs.points[at].active {
		return passing{}
	}
	if own := k.reply() == (m.Flags&buffer.FlagReply != 0); own && k.point() != at || k.cached() && (!own || !rs.points[at].oneAnswer(m)) {
		return passing{}
	}
	pos, fallback := k.pos(), &rs.points[at].fallback
	switch {
	case pos < uint32(len(rs.rules)) && rs.rules[pos].action == Pass:
		r := &rs.rules[pos]
		if p = (passing{r.slot, r.id, bySession}); k.cached() {
			p.why = byRule
		}
	case pos == noRule && k.cached() && fallback.action == Pass:
		p = passing{fallback.slot, 0, byDefault}
	}
	return p
}

// cached is what the rules said to an earlier packet of the session in the same direction at the same point, for sessions
// that no keep-state rule lets through: the position of a rule, or noRule.
func (n *node) cached(rs *ruleset, at uint32, m *buffer.Meta) (pos uint32, ok bool) {
	k := keeper(n.state(m).LoadVerdict())
	return k.pos(), k.cached() && k.gen() == rs.gen && k.point() == at && k.reply() == (m.Flags&buffer.FlagReply != 0) &&
		!wrapped(m) && rs.points[at].oneAnswer(m)
}

// wrapped reports whether rules see another protocol in the packet, and no ports, than its session is named by: tracking looks
// through AH in IPv6.
func wrapped(m *buffer.Meta) bool { return m.Proto == packet.ProtoAH && m.IsIP6 }

// cache notes in the packet's session what the rules say to it, unless other rules must be asked about its next packet. There
// is room for one direction at one point; who comes first has it until the rules change.
func (n *node) cache(rs *ruleset, at, pos uint32, m *buffer.Meta) {
	if m.Flags&buffer.FlagHasFlow == 0 || pos != noRule && (rs.rules[pos].keep || rs.rules[pos].action == Drop) ||
		pos == noRule && rs.points[at].fallback.action == Drop {
		return // it begins or ends something, or is dropped
	}
	if m.HasICMP || wrapped(m) || m.Proto == packet.ProtoDCCP || m.HasTCPFlags && rs.points[at].flags || !rs.points[at].oneAnswer(m) {
		return // the session's next packet may differ in what rules look at
	}
	s := n.state(m)
	k := keeper(s.LoadVerdict())
	if k == 0 || k.cached() && k.gen() != rs.gen {
		s.SwapVerdict(uint64(k), uint64(newKeeper(rs.gen, at, pos, m.Flags&buffer.FlagReply != 0)|cachedBit))
	}
}

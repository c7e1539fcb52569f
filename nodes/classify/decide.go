package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// fallback applies the point's default. A default pass at the out point leaves what the in point decided on record.
func (n *node) fallback(w *graph.Worker, pt *point, m *buffer.Meta) graph.Next {
	n.tally.count(pt.fallback.slot, m.Len)
	if pt.fallback.action == Drop {
		m.Verdict, m.Node, m.Reason = byDefault, w.Node(), uint8(errDefault)+1
		w.Count(errDefault, 1)
		return nextDrop
	}
	if m.Verdict == byNothing {
		m.Verdict, m.Node = byDefault, w.Node()
	}
	return nextContinue
}

// neighbours lets neighbour discovery pass where the default is to drop. It has a counter of its own, so that the default's
// tells how many packets it has dropped.
func (n *node) neighbours(w *graph.Worker, pt *point, m *buffer.Meta) graph.Next {
	n.tally.count(pt.neighbours, m.Len)
	w.Count(passedNeighbours, 1)
	if m.Verdict == byNothing {
		m.Verdict, m.Node = byNeighbours, w.Node()
	}
	return nextContinue
}

// letThrough passes or redirects a packet for the rule at pos. A pass at the out point leaves a redirect on record.
func (n *node) letThrough(rs *ruleset, pos uint32, why uint8, back bool, m *buffer.Meta, node uint16) graph.Next {
	r := &rs.rules[pos]
	if r.action != Redirect {
		if IsRedirect(m.Verdict) {
			n.count(r, m)
		} else {
			n.decided(m, why, r, node)
		}
		return nextContinue
	}
	n.decided(m, why, r, node)
	to := r.target
	if back { // answers of a redirected session go back to where it came from
		switch {
		case directionOf(r.point) == In:
			to = r.point / 2
		case m.Flags&buffer.FlagReply != 0:
			to = n.origin(m).If
		default:
			return nextContinue // that is not known
		}
	}
	m.Verdict |= redirected
	if n.out == Out && m.TxIf == to {
		return nextContinue // it is on its way there already
	}
	m.TxIf = to
	return nextRedirect
}

// decided records and counts the rule that a packet owes its fate to.
func (n *node) decided(m *buffer.Meta, why uint8, r *compiled, node uint16) {
	n.count(r, m)
	m.Verdict, m.Rule, m.Node = why, r.id, node
}

// count counts a packet for a rule, unless the same rule has let it through at its in point.
func (n *node) count(r *compiled, m *buffer.Meta) {
	if !HasRule(m.Verdict) || m.Rule != r.id {
		n.tally.count(r.slot, m.Len)
	}
}

func (n *node) state(m *buffer.Meta) *flow.State {
	if m.IsIP4 {
		return n.table4.State(m.Flow)
	}
	return n.table6.State(m.Flow)
}

func (n *node) origin(m *buffer.Meta) flow.Origin {
	if m.IsIP4 {
		return n.table4.Origin(m.Flow)
	}
	return n.table6.Origin(m.Flow)
}

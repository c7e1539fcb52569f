package classify

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

const (
	nextContinue graph.Next = iota
	nextRedirect
	nextDrop
)

const (
	errRule graph.Counter = iota
	errDefault
	errNoSession
)

var counters = graph.Counters{
	errRule:      "dropped by a rule",
	errDefault:   "dropped by the interface's default",
	errNoSession: "dropped: no room for a keep-state session",
}

// Meta.Verdict: what decided about a packet.
const (
	byNothing = iota
	byRule
	bySession // a keep-state rule, through the packet's session
	byDefault
	byNonIP
	byNoRoom // a keep-state rule, but the session table is full

	redirected = 0x80 // a bit beside these: the packet leaves by another interface than it would have
)

// Reason is what decided, by Meta.Verdict, in a word; "" where classify has not decided.
func Reason(verdict uint8) string {
	return [...]string{"", "rule", "session", "default", "non-ip", "no-session"}[verdict&^redirected]
}

// HasRule reports whether Meta.Rule names the rule that decided.
func HasRule(verdict uint8) bool {
	v := verdict &^ redirected
	return v == byRule || v == bySession || v == byNoRoom
}

// IsRedirect reports whether the packet was redirected.
func IsRedirect(verdict uint8) bool { return verdict&redirected != 0 }

// node is pkt-classify on one worker, for one direction.
type node struct {
	*view
	out   Direction
	tally tally
	f     fields
	memo  memo  // this vector: what to do with the next packet if it is as the last one
	fresh fresh // this vector: sessions that came into being after flow-lookup
}

// view is what the nodes of one worker share: the ruleset that all of them see during one pass.
type view struct {
	*Plugin
	rs   *ruleset
	pass uint64
}

// ruleset pins the published ruleset for the rest of the pass.
func (v *view) ruleset(w *graph.Worker) *ruleset {
	if pass := w.Pass(); pass != v.pass {
		v.rs, v.pass = v.published.Load(), pass
	}
	return v.rs
}

func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	rs := n.ruleset(w)
	n.tally = tally{slots: rs.counters[w.ID()]}
	n.fresh.reset()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	n.memo = memo{}
	var known memo
	for i, b := range bufs {
		m := v.Meta(b)
		if known.holds(m) && n.state(m).LoadVerdict() == known.keeper {
			m.Verdict, m.Rule, m.Node = bySession, known.id, known.node
			n.tally.count(known.slot, m.Len)
			continue
		}
		swIf := m.RxIf
		if n.out == Out {
			swIf = m.TxIf
		}
		at := pointOf(swIf, n.out)
		switch {
		case int(at) >= len(rs.points) || !rs.points[at].active || m.Flags&buffer.FlagOutSeen != 0:
			continue
		case !m.IsIP4 && !m.IsIP6: // on its way out; classify-non-ip has decided about it
			continue
		}
		if n.out == Out {
			m.Flags |= buffer.FlagOutSeen // a redirect from here meets no further out point: no circles
		}
		nexts[i] = n.packet(w, rs, at, m, v.Bytes(b, m))
		known = n.memo
	}
	n.tally.flush()
}

// packet decides about one packet and counts it.
func (n *node) packet(w *graph.Worker, rs *ruleset, at uint32, m *buffer.Meta, p []byte) graph.Next {
	if m.Flags&buffer.FlagHasFlow != 0 {
		if pos, back, ok := n.bySession(rs, at, m); ok {
			next := n.letThrough(rs, pos, bySession, back, m, w.Node())
			n.remember(rs, at, pos, m)
			return next
		}
	}
	n.f.read(p, m)
	pt := &rs.points[at]
	pos := rs.find(pt, &n.f)
	if m.Flags&(buffer.FlagHasFlow|buffer.FlagSessions) == buffer.FlagSessions && n.fresh.has(m.Flow) && n.sessions.Find(m, p) {
		if keeper, back, ok := n.bySession(rs, at, m); ok {
			return n.letThrough(rs, keeper, bySession, back, m, w.Node())
		}
	}
	if pos == noRule {
		return n.fallback(w, pt, m)
	}
	r := &rs.rules[pos]
	if r.keep && m.Flags&buffer.FlagSessions != 0 && !n.keep(w, rs, pos, m, p) {
		n.decided(m, byNoRoom, r, w.Node())
		m.Reason = uint8(errNoSession) + 1
		w.Count(errNoSession, 1)
		return nextDrop
	}
	if r.action == Drop {
		n.decided(m, byRule, r, w.Node())
		m.Reason = uint8(errRule) + 1
		w.Count(errRule, 1)
		return nextDrop
	}
	return n.letThrough(rs, pos, byRule, false, m, w.Node())
}

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

func (n *node) origin(m *buffer.Meta) *flow.Origin {
	if m.IsIP4 {
		return n.table4.Origin(m.Flow)
	}
	return n.table6.Origin(m.Flow)
}

// trace is the verdict in a line.
func (p *Plugin) trace(m *buffer.Meta, _ []byte) string {
	s := Reason(m.Verdict)
	if HasRule(m.Verdict) {
		s = fmt.Sprintf("%s, rule %d", s, m.Rule)
	}
	if m.Reason != 0 {
		s += ": " + counters[m.Reason-1]
	}
	return s
}

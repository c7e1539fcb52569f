package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
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
	passedNeighbours
)

var counters = graph.Counters{
	errRule:      "dropped by a rule",
	errDefault:   "dropped by the interface's default",
	errNoSession: "dropped: no room for a keep-state session, or a limit of the tracker forbids it",

	passedNeighbours: "passed the interface's default drop: neighbour discovery",
}

// Meta.Verdict: what decided about a packet.
const (
	byNothing = iota
	byRule
	bySession // a keep-state rule, through the packet's session
	byDefault
	byNonIP
	byNoRoom     // a keep-state rule, but the session table is full, or a limit forbids one more
	byNeighbours // a default drop, which neighbour discovery passes

	redirected = 0x80 // a bit beside these: the packet leaves by another interface than it would have
)

// Reason is what decided, by Meta.Verdict, in a word; "" where classify has not decided.
func Reason(verdict uint8) string {
	return [...]string{"", "rule", "session", "default", "non-ip", "no-session", "default: neighbour discovery"}[verdict&^redirected]
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
	kept  bool // in this vector, a keep-state rule has taken a session that was there before it

	// The packets of this vector that no session answers for.
	misses  int
	place   [graph.VectorSize]uint8 // in the vector
	at      [graph.VectorSize]uint32
	fields  [graph.VectorSize]fields
	found   [graph.VectorSize]uint32 // the position of the first rule that matches, or noRule
	scratch scratch

	as buffer.Meta // a packet as one of its session's master; who has announced others was not announced
}

// view is what the nodes of one worker share: the ruleset that all of them see during one pass.
type view struct {
	*Plugin
	rs   *ruleset
	pass uint64

	noRoom counter.Counter // packets that a rule would have passed, but dropped for want of a session
}

// ruleset pins the published ruleset for the rest of the pass.
func (v *view) ruleset(w *graph.Worker) *ruleset {
	if pass := w.Pass(); pass != v.pass {
		v.rs, v.pass = v.published.Load(), pass
	}
	return v.rs
}

// Process has three stages: sessions, for all packets that have one which knows; rules, for all others at once; and what
// these rules say, packet by packet.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	rs := n.ruleset(w)
	n.tally = tally{slots: rs.counters[w.ID()]}
	n.kept, n.misses = false, 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	n.bySessions(w, rs, bufs, nexts)
	for lo, hi := 0, 0; lo < n.misses; lo = hi {
		for hi < n.misses && n.at[hi] == n.at[lo] {
			hi++
		}
		rs.findAll(&n.scratch, &rs.points[n.at[lo]], n.fields[lo:hi], n.found[lo:hi])
	}
	v := w.Packets()
	for i := range n.misses {
		b := bufs[n.place[i]]
		m := v.Meta(b)
		nexts[n.place[i]] = n.byRules(w, rs, n.at[i], n.found[i], m, v.Bytes(b, m))
	}
	n.tally.flush()
}

// bySessions decides about the packets whose sessions know what the rules say, and lists the others.
func (n *node) bySessions(w *graph.Worker, rs *ruleset, bufs []buffer.Index, nexts []graph.Next) {
	v := w.Packets()
	for i := 0; i < len(bufs); i++ {
		if n.out == In {
			if i += n.settled(v, bufs[i:], rs, w.Node()); i >= len(bufs) {
				return
			}
		}
		m := v.Meta(bufs[i])
		at, ok := n.point(rs, m)
		if !ok {
			continue
		}
		if next, done := n.session(w, rs, at, m); done {
			nexts[i] = next
			continue
		}
		n.miss(i, at, m, v.Bytes(bufs[i], m))
	}
}

// miss lists the packet at place i of the vector for the rules to be asked.
func (n *node) miss(i int, at uint32, m *buffer.Meta, p []byte) {
	k := n.misses & (graph.VectorSize - 1)
	n.place[k], n.at[k] = uint8(i), at
	n.fields[k].read(p, m)
	n.misses++
}

// point is where rules for a packet stand; not ok: there are none to ask.
func (n *node) point(rs *ruleset, m *buffer.Meta) (at uint32, ok bool) {
	swIf := m.RxIf
	if n.out == Out {
		swIf = m.TxIf
	}
	at = pointOf(swIf, n.out)
	if int(at) >= len(rs.points) || !rs.points[at].active || m.Flags&buffer.FlagOutSeen != 0 {
		return 0, false
	}
	if !m.IsIP4 && !m.IsIP6 { // on its way out; classify-non-ip has decided about it
		return 0, false
	}
	if n.out == Out {
		m.Flags |= buffer.FlagOutSeen // a redirect from here meets no further out point: no circles
	}
	return at, true
}

// session decides about a packet whose session has a verdict.
func (n *node) session(w *graph.Worker, rs *ruleset, at uint32, m *buffer.Meta) (next graph.Next, done bool) {
	if m.Flags&buffer.FlagHasFlow == 0 {
		return 0, false
	}
	if pos, ok := n.cached(rs, at, m); ok {
		return n.byRule(w, rs, at, pos, m), true
	}
	if pos, back, ok := n.bySession(rs, at, m); ok {
		return n.letThrough(rs, pos, bySession, back, m, w.Node()), true
	}
	return 0, false
}

// byRules decides about a packet for which the rules have been asked; pos is what they found.
func (n *node) byRules(w *graph.Worker, rs *ruleset, at, pos uint32, m *buffer.Meta, p []byte) graph.Next {
	if n.kept && m.Flags&buffer.FlagHasFlow != 0 { // its session may have been kept since it was asked about
		if keeper, back, ok := n.bySession(rs, at, m); ok {
			return n.letThrough(rs, keeper, bySession, back, m, w.Node())
		}
	}
	if pos != noRule {
		if r := &rs.rules[pos]; r.keep && m.Flags&buffer.FlagSessions != 0 && !n.keep(w, rs, pos, m, p) {
			return n.noRoom(w, r, m)
		}
	}
	if pos == noRule && isExpected(m) {
		if next, done := n.byMaster(w, rs, at, m, p); done {
			return next
		}
	}
	if pos == noRule && rs.points[at].fallback.action == Drop && isNeighbourDiscovery(m, p) {
		return n.neighbours(w, &rs.points[at], m)
	}
	n.cache(rs, at, pos, m)
	return n.byRule(w, rs, at, pos, m)
}

// noRoom drops a packet that the keep-state rule r cannot give a session.
func (n *node) noRoom(w *graph.Worker, r *compiled, m *buffer.Meta) graph.Next {
	n.decided(m, byNoRoom, r, w.Node())
	m.Reason = uint8(errNoSession) + 1
	w.Count(errNoSession, 1)
	n.view.noRoom.Add(1)
	return nextDrop
}

// byRule does what the rule at pos says, or the point's default.
func (n *node) byRule(w *graph.Worker, rs *ruleset, at, pos uint32, m *buffer.Meta) graph.Next {
	if pos == noRule {
		return n.fallback(w, &rs.points[at], m)
	}
	r := &rs.rules[pos]
	if r.action == Drop {
		n.decided(m, byRule, r, w.Node())
		m.Reason = uint8(errRule) + 1
		w.Count(errRule, 1)
		return nextDrop
	}
	return n.letThrough(rs, pos, byRule, false, m, w.Node())
}

package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// Sessions that a helper of the tracker has announced, as FTP's data connections, are kept by the keep-state rule that keeps their
// master: what lets that one through lets through what follows from it, in both directions, unless a rule says otherwise.

// isExpected reports whether a packet is about to begin a session that was announced.
func isExpected(m *buffer.Meta) bool {
	const which = buffer.FlagHasFlow | buffer.FlagSessions
	return m.Track.Class() == buffer.TrackRelated && m.Flags&which == buffer.FlagSessions
}

// byMaster decides about the begin of an announced session about which no rule says anything: it passes where a packet of its master
// that goes the same way would.
func (n *node) byMaster(w *graph.Worker, rs *ruleset, at uint32, m *buffer.Meta, p []byte) (next graph.Next, done bool) {
	master, reply, ok := n.sessions.Master(w, m, p)
	if !ok {
		return 0, false
	}
	as := &n.as
	*as = *m
	as.Flow, as.Flags = master, m.Flags&^buffer.FlagReply|buffer.FlagHasFlow
	if reply {
		as.Flags |= buffer.FlagReply
	}
	pos, back, ok := n.bySession(rs, at, as)
	if !ok {
		return 0, false
	}
	r := &rs.rules[pos]
	verdict := newKeeper(rs.gen, r.point, pos, back) | keeper(n.state(as).LoadVerdict())&bothBit
	if _, ok := n.sessions.Admit(w, m, p, uint64(verdict)); !ok {
		return n.noRoom(w, r, m), true
	}
	return n.letThrough(rs, pos, bySession, back, m, w.Node()), true
}

// examineMaster is examine for the master of a packet's session.
func (n *node) examineMaster(rs *ruleset, at, master uint32, m *buffer.Meta) uint32 {
	as := &n.as
	*as = *m
	as.Flow = master
	k := keeper(n.state(as).LoadVerdict())
	if k == 0 || k.cached() {
		return noRule
	}
	return n.examine(rs, at, k, as)
}

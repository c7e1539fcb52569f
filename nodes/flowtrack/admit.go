package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// Tables are the sessions of each family. State.Verdict of an entry is classify's, the rest is ours.
func (p *Plugin) Tables() (*flow.Table[flow.Key4], *flow.Table[flow.Key6]) { return p.table4, p.table6 }

// Find looks again for the session of a packet that flow-lookup found none for.
func (p *Plugin) Find(m *buffer.Meta, b []byte) bool {
	e, ok := endpointsOf(b, m)
	if !ok {
		return false
	}
	if m.IsIP4 {
		k, _ := key4(b, m, &e)
		return find(p.table4, &k, m)
	}
	k, _ := key6(b, m, &e)
	return find(p.table6, &k, m)
}

func find[K flow.Key](t *flow.Table[K], k *K, m *buffer.Meta) bool {
	x := t.Find(k)
	if x == flow.None {
		return false
	}
	mark(m, x, t.State(x).LoadWord())
	return true
}

// Admit gives a packet that has no session one: a new one, with classify's verdict, or one that has come into being
// meanwhile. A packet that cannot begin one (a TCP reset) is left without. It is not ok where the table has no room.
func (p *Plugin) Admit(w *graph.Worker, m *buffer.Meta, b []byte, verdict uint64) (made, ok bool) {
	e, ok := endpointsOf(b, m)
	if !ok {
		return false, true
	}
	word, ok := begin(m)
	if !ok {
		p.Find(m, b)
		return false, true
	}
	now, d := tickOf(w.Now()), p.desks[w.ID()]
	s := flow.State{LastSeen: now, Word: word, Verdict: verdict}
	o := flow.Origin{Created: now, Serial: p.number(d), If: m.RxIf, TCPFlags: m.TCPFlags, ICMPType: m.ICMPType, ICMPCode: m.ICMPCode}
	if word&wordReversed != 0 {
		o.Flags |= flow.OriginReversed
	}
	if m.HasPorts {
		o.Flags |= flow.OriginPorts
	}
	if m.IsIP4 {
		k, _ := key4(b, m, &e)
		return insert(p, d, p.table4, &k, s, o, m)
	}
	k, _ := key6(b, m, &e)
	return insert(p, d, p.table6, &k, s, o, m)
}

// insert adds a session, after giving up another one where the table is full.
func insert[K flow.Key](p *Plugin, d *desk, t *flow.Table[K], k *K, s flow.State, o flow.Origin, m *buffer.Meta) (made, ok bool) {
	hash := t.Hash(k)
	x, r := t.Insert(k, hash, s, o)
	if r == flow.Full && evict(p, t, s.LastSeen) {
		d.evicted.Add(1)
		x, r = t.Insert(k, hash, s, o)
	}
	switch r {
	case flow.Inserted:
		d.created.Add(1)
	case flow.Exists:
		s.Word = t.State(x).LoadWord()
	default:
		d.refused.Add(1)
		return false, false
	}
	mark(m, x, s.Word)
	return r == flow.Inserted, true
}

// evictLook bounds what a packet pays for room in a full table. Lower, and a table full of established sessions with a
// few dead ones refuses more often; higher, and a flood costs more.
const evictLook = 64

// evict gives up one session to make room: the most dispensable of evictLook. Established sessions stay.
func evict[K flow.Key](p *Plugin, t *flow.Table[K], tick uint32) bool {
	slots := uint32(t.Slots())
	if slots == 0 {
		return false
	}
	best, bestLife, bestRank := flow.None, uint32(0), 0
	hand := p.hand.Add(evictLook)
	for i := range uint32(evictLook) {
		x := (hand + i) % slots
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		s := t.State(x)
		if r := p.rank(s.LoadWord(), s.LoadLastSeen(), tick); r > bestRank {
			best, bestLife, bestRank = x, life, r
		}
	}
	if best == flow.None || !t.RemoveLife(best, bestLife) {
		return false
	}
	return true
}

// rank is how dispensable a session is; 0: not at all, for it is established. One that was picked up in mid-stream is
// that only when both sides have been heard: a flood of acknowledgements must not fill the table for days.
func (p *Plugin) rank(word, last, now uint32) int {
	answered := word&wordReplied != 0
	switch state := stateOf(word); {
	case p.timeouts.expired(word, last, now):
		return 5
	case state == StateClosed:
		return 4
	case state == StateNew && !answered:
		return 3
	case state == StateFinWait, state == StateEstablished && !answered:
		return 2
	case state == StateNew: // half open: the answer to a flood's SYN is no reason to keep it
		return 1
	}
	return 0
}

package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Tables are the sessions of each family. State.Verdict of an entry is classify's, the rest is ours.
func (p *Plugin) Tables() (*flow.Table[flow.Key4], *flow.Table[flow.Key6]) { return p.table4, p.table6 }

// Admit gives a packet that has no session one: a new one, with classify's verdict, or one that has come into being
// meanwhile. A packet that cannot begin one is left without. It is not ok where there is no room for one more, or a limit
// forbids it.
func (p *Plugin) Admit(w *graph.Worker, m *buffer.Meta, b []byte, verdict uint64) (made, ok bool) {
	made, why := p.admit(w, m, b, verdict)
	return made, why == refusedNone
}

// admit is Admit, with why there is no session. The pieces of a datagram come one after the other, the first one first: the others
// share what becomes of it.
func (p *Plugin) admit(w *graph.Worker, m *buffer.Meta, b []byte, verdict uint64) (made bool, why refusal) {
	d := p.desks[w.ID()]
	if m.LaterFragment {
		return false, d.first.share(m)
	}
	tag := m.Flow
	made, why = p.admitPacket(w, d, m, b, verdict)
	if m.Whole {
		d.first = firstPiece{tag: tag, flow: m.Flow, flags: m.Flags & (buffer.FlagHasFlow | buffer.FlagReply), state: m.State, why: why}
	}
	return made, why
}

// firstPiece is what became of the last datagram's first piece.
type firstPiece struct {
	tag, flow    uint32
	flags, state uint8
	why          refusal
}

// share makes it a later piece's fate.
func (f *firstPiece) share(m *buffer.Meta) refusal {
	if m.Flow != f.tag {
		return refusedNone // of another datagram, whose first piece begins nothing
	}
	m.Flow, m.State = f.flow, f.state
	m.Flags |= f.flags
	return f.why
}

// admitPacket is admit for a packet, or the first piece of a datagram.
func (p *Plugin) admitPacket(w *graph.Worker, d *desk, m *buffer.Meta, b []byte, verdict uint64) (made bool, why refusal) {
	e, what := endpointsOf(b, d.seen(b, m))
	if what != hasSession || m.Track.Class() == buffer.TrackInvalid {
		return false, refusedNone
	}
	d.look(w)
	if !(m.Whole && d.whole.take(m.Flow, &d.birth)) && !d.begin(b, m, d.set.zones.policyOf(d.set.zones.of(b, m))) {
		return false, refusedNone
	}
	expected := m.Track.Class() == buffer.TrackRelated && d.helping.Load() != nil
	if expected && !d.takeUp(b, m) {
		d.refusals[refusedUnexpected].Add(1)
		return false, refusedUnexpected
	}
	if !expected && e.proto == packet.ProtoTCP && d.set.helpers.at(e.dport) != nil {
		d.birth.word |= wordHelped
	}
	if made, why = p.enter(w, d, m, b, &e, verdict); !made {
		d.serial-- // the number that enter has taken is free again
	}
	if expected {
		d.tookUp(made, m)
	}
	return made, why
}

// enter puts the desk's birth into the table.
func (p *Plugin) enter(w *graph.Worker, d *desk, m *buffer.Meta, b []byte, e *endpoints, verdict uint64) (made bool, why refusal) {
	s := flow.State{LastSeen: d.tick, Word: d.birth.word, Verdict: verdict}
	o := flow.Origin{Created: d.tick, Serial: p.number(d), If: m.RxIf, TCPFlags: m.TCPFlags, ICMPType: m.ICMPType, ICMPCode: m.ICMPCode}
	if d.birth.word&wordReversed != 0 {
		o.Flags |= flow.OriginReversed
	}
	if m.HasPorts {
		o.Flags |= flow.OriginPorts
	}
	if m.IsIP4 {
		k := d.keyOf4(b, m, e)
		return insert(w, d, p.table4, &k, s, o, m, b)
	}
	k := d.keyOf6(b, m, e)
	return insert(w, d, p.table6, &k, s, o, m, b)
}

// insert adds a session, if the limits let it, after giving up another one where the table is full.
func insert[K flow.Key](w *graph.Worker, d *desk, t *flow.Table[K], k *K, s flow.State, o flow.Origin, m *buffer.Meta, b []byte) (made bool, why refusal) {
	l := d.set.limits
	if l != nil {
		bits, why := charge(d, l, t, k, s.Word, w.Now())
		if why != refusedNone {
			d.refusals[why].Add(1)
			return false, why
		}
		s.Word |= bits
	}
	hash := t.Hash(k)
	var annex *flow.Annex
	if d.birth.annexed {
		annex = &d.birth.annex
	}
	d.announce()
	x, r := t.InsertAnnex(k, hash, s, o, annex)
	if r == flow.Full && evict(d, t, s.LastSeen) {
		d.announce()
		x, r = t.InsertAnnex(k, hash, s, o, annex)
	}
	if l != nil && r != flow.Inserted {
		uncharge(d, l, t, k, s.Word)
	}
	switch r {
	case flow.Inserted:
		d.created.Add(1)
		t.Counters(x).Add(0, uint64(m.Len))
		class := m.Track // of the packet that rules have seen
		mark(m, x, s.Word, 0)
		m.Track = class
		born(d, k, &o, s.Word, m)
		return true, refusedNone
	case flow.Exists: // another packet has been faster
		class := m.Track
		if follow(nil, d, t, x, m, b) {
			m.Track = class
		}
		return false, refusedNone
	}
	d.refusals[refusedRoom].Add(1)
	return false, refusedRoom
}

// evictLook bounds what a packet pays for room in a full table. Lower, and a table full of established sessions with a
// few dead ones refuses more often; higher, and a flood costs more.
const evictLook = 64

// evict gives up one session to make room: the most dispensable of evictLook. Assured sessions stay.
func evict[K flow.Key](d *desk, t *flow.Table[K], tick uint32) bool {
	slots := uint32(t.Slots())
	if slots == 0 {
		return false
	}
	best, bestLife, bestRank := flow.None, uint32(0), 0
	hand := d.hand.Add(evictLook)
	for i := range uint32(evictLook) {
		x := (hand + i) % slots
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		s := t.State(x)
		if r := d.rank(s.LoadWord(), s.LoadLastSeen(), tick); r > bestRank {
			best, bestLife, bestRank = x, life, r
		}
	}
	return best != flow.None && endLife(d, t, best, bestLife, overEvicted)
}

// rank is how dispensable a session is; 0: not at all, for it is assured. One that was picked up in mid-stream is that only
// when both sides have been heard: a flood of acknowledgements must not fill the table for days.
func (p *Plugin) rank(word, last, now uint32) int {
	switch state := stateOf(word); {
	case p.timeouts.expired(word, last, now):
		return 5
	case state == StateClosed:
		return 4
	case word&wordReplied == 0:
		return 3
	case state == StateFinWait:
		return 2
	case word&wordAssured == 0: // half open: the answer to a flood's SYN is no reason to keep it; a probe and its answer
		return 1
	}
	return 0
}

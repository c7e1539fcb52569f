package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Follow does for a datagram that has come in pieces what flow-lookup does for a packet: it finds the session and moves it.
// p is the whole datagram, m describes it; what is found is written into m, for all its pieces to take over, and flow-lookup
// leaves them alone. Why it is invalid is counted there, with the first piece.
func (p *Plugin) Follow(w *graph.Worker, m *buffer.Meta, b []byte) {
	d := p.desks[w.ID()]
	d.look(w)
	m.Flags |= buffer.FlagLooked
	check := packet.Headers
	if d.set.Checksum {
		check = packet.Transport
	}
	if flaw := check(b, m); flaw != packet.FlawNone {
		refuse(nil, m, Reason(flaw))
		return
	}
	e, ok := d.suits(nil, b, m)
	if !ok {
		return
	}
	m.Flags |= buffer.FlagSessions
	if m.IsIP4 {
		k := d.keyOf4(b, m, &e)
		followDatagram(d, d.table4, &k, m, b)
		return
	}
	k := d.keyOf6(b, m, &e)
	followDatagram(d, d.table6, &k, m, b)
}

func followDatagram[K flow.Key](d *desk, t *flow.Table[K], k *K, m *buffer.Meta, b []byte) {
	if x := t.Find(k); x != flow.None && follow(nil, d, t, x, m, b) {
		return
	}
	m.Flow = tagOf(t.Hash(k))
	if why := d.beginning(b, m); why != 0 {
		refuse(nil, m, why)
		return
	}
	m.Track = d.firstClass(b, m)
	policy := d.set.zones.policyOf(d.set.zones.of(b, m))
	switch d.seen(b, m).Proto {
	case packet.ProtoTCP, packet.ProtoSCTP:
		if d.begin(b, m, policy) {
			d.whole.put(m.Flow, &d.birth)
		}
	}
}

// births keeps what the last few datagrams that came in pieces begin, until their first pieces have passed the rules and begin
// it: a piece may not even hold the transport header.
type births struct {
	tags [8]uint32
	of   [8]birth
	next int
}

func (l *births) put(tag uint32, b *birth) {
	l.tags[l.next%len(l.tags)], l.of[l.next%len(l.of)] = tag, *b
	l.next++
}

// take finds what a datagram begins; the latest of those with its tag. It is false where too many came at once.
func (l *births) take(tag uint32, b *birth) bool {
	for i := range l.tags {
		at := uint(l.next-1-i) % uint(len(l.tags))
		if l.of[at].word != 0 && l.tags[at] == tag {
			*b = l.of[at]
			l.of[at].word = 0
			return true
		}
	}
	return false
}

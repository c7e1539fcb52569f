package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// related ties an ICMP error to the session of the packet that it quotes. Anybody may send one, but only to that packet's
// sender.
func (d *desk) related(w *graph.Worker, p []byte, m *buffer.Meta) {
	q, ok := packet.Quote(p, m)
	if !ok {
		refuse(w, m, reasonQuote)
		return
	}
	e := endpoints{proto: q.Proto, sport: q.SrcPort, dport: q.DstPort}
	switch q.Proto {
	case packet.ProtoICMP, packet.ProtoICMP6:
		e.setQuery(q.ICMPType, q.ICMPCode, q.ICMPID, m.IsIP6)
	case packet.ProtoGRE:
		e.setCall(q.GRECall)
	}
	zone := d.set.zones.of(p, m)
	if m.IsIP4 {
		k, reversed := key4(q.Src4, q.Dst4, zone, &e)
		relate(w, d, d.table4, &k, m, reversed)
		return
	}
	k, reversed := key6(q.Src6, q.Dst6, zone, &e)
	relate(w, d, d.table6, &k, m, reversed)
}

// relate finds the session of k, the key of a quoted packet.
func relate[K flow.Key](w *graph.Worker, d *desk, t *flow.Table[K], k *K, m *buffer.Meta, reversed bool) {
	x := t.Find(k)
	if x == flow.None {
		refuse(w, m, reasonNoneOf)
		return
	}
	s := t.State(x)
	word := s.LoadWord()
	if word&wordOver != 0 || d.timeouts.expired(word, s.LoadLastSeen(), d.tick) {
		refuse(w, m, reasonNoneOf)
		return
	}
	quoted := word >> wordReversedBit & 1 // its direction: 1 the reply's
	if reversed {
		quoted ^= 1
	}
	mark(m, x, word, quoted^1)
	m.Flags |= buffer.FlagSessions
	m.Track = buffer.TrackRelated
}

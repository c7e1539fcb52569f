package pg

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// node is pg-input on one worker.
type node struct {
	*Plugin
	runs [graph.VectorSize]run // of the frame that Poll has filled
	n    int                   // how many
	turn int                   // which stream is asked first
}

// run is packets of one stream, one behind the other in the frame.
type run struct {
	s         *stream
	n, octets int
}

// Poll asks the worker's streams, in turn, for what they have now.
func (n *node) Poll(w *graph.Worker, room []buffer.Index) (got int) {
	list := n.active[w.ID()].Load()
	if list == nil {
		return 0
	}
	n.n = 0
	for i := range *list {
		s := (*list)[(n.turn+i)%len(*list)]
		if k, octets := s.fill(w, room[got:]); k > 0 {
			n.runs[n.n] = run{s, k, octets}
			n.n++
			got += k
		}
	}
	n.turn++
	return got
}

// Process sends the packets of each run to its stream's node.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	if first := &n.runs[0]; n.n == 1 && first.s.entry {
		f.SetOrigin(graph.NoArc, first.s.rxIf)
	}
	at := 0
	for i := range n.runs[:n.n] {
		r := &n.runs[i]
		r.s.begin(w, bufs[at:at+r.n], nexts[at:at+r.n], r.octets)
		at += r.n
	}
}

// begin gives packets of the stream their next.
func (s *stream) begin(w *graph.Worker, bufs []buffer.Index, nexts []graph.Next, octets int) {
	if !w.Receive(s.rxIf, len(bufs), octets) {
		for i, b := range bufs {
			nexts[i] = s.drop
			w.Meta(b).Reason = uint8(errDown) + 1
		}
		w.Count(errDown, len(bufs))
		return
	}
	for i := range nexts {
		nexts[i] = s.next
	}
	switch {
	case s.raw != 0:
		for _, b := range bufs {
			w.Meta(b).Arc = s.places[kindOther].arc
		}
	case !s.entry:
		s.beginInside(w, bufs, nexts)
	}
}

// Kinds of packets, as arcs tell them apart.
const (
	kindOther = iota
	kindIP4
	kindIP6
	numKinds
)

// place is the arc on which a packet of a kind begins; ok is false where the node does not take that kind.
type place struct {
	arc uint8
	ok  bool
}

// beginInside is for packets that pass ethernet-input by: what it and the IP nodes would have found out is found out here.
func (s *stream) beginInside(w *graph.Worker, bufs []buffer.Index, nexts []graph.Next) {
	var refused [errShort + 1]int
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if packet.Ethernet(p, m) != packet.FaultNone {
			nexts[i], m.Reason = s.drop, uint8(errShort)+1
			refused[errShort]++
			continue
		}
		at := s.places[kindOf(p, m)]
		m.Arc = at.arc
		if !at.ok {
			nexts[i], m.Reason = s.drop, uint8(errKind)+1
			refused[errKind]++
		}
	}
	w.Count(errShort, refused[errShort])
	w.Count(errKind, refused[errKind])
}

// kindOf reads the IP headers, if they are sound.
func kindOf(p []byte, m *buffer.Meta) int {
	switch {
	case m.EtherType == packet.EtherTypeIP4 && packet.IPv4(p, m) == packet.FaultNone:
		return kindIP4
	case m.EtherType == packet.EtherTypeIP6 && packet.IPv6(p, m) == packet.FaultNone:
		return kindIP6
	}
	return kindOther
}

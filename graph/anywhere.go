package graph

import (
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Anywhere as a node's only next lets it send to every node of the graph: Next(id) leads to the node with that id. It is for
// nodes that are told at run time where their packets begin, as the packet generator's. Such a node says with Plan.ArcFor
// what arc a packet is to be on there.
const Anywhere = "<anywhere>"

// NoArc in Meta.Arc says that a packet is on no arc.
const NoArc = noArc

// anywhere says whether a node's next leads to all.
func (s *Spec) anywhere() bool { return len(s.Nexts) == 1 && s.Nexts[0] == Anywhere }

// toAll is the destinations of a node that sends anywhere, by the ids of the nodes. What goes to the entry passes the features in
// front of it, as what ports have received does.
func toAll(nodes int, entry uint16) (list []dest) {
	for id := range nodes {
		list = append(list, dest{toNode, uint16(id)})
	}
	list[entry].kind = toEntry
	return list
}

// ArcFor is the arc, for Meta.Arc, of a packet that begins its way at a node; ok is false where the node does not take packets of
// that kind. etherType is packet.EtherTypeIP4 or …IP6 for a well-formed datagram and 0 for any other frame; out says that
// Meta.TxIf is set. A node that is no feature of an arc and ends none takes all, and so do those that arcs begin behind.
func (p *Plan) ArcFor(node uint16, etherType uint16, out bool) (arc uint8, ok bool) {
	if node == p.entry {
		return NoArc, true
	}
	free, general := true, -1
	for i := range p.arcs {
		a := &p.arcs[i]
		if !slices.Contains(a.features, node) && !slices.Contains(a.ends, node) {
			continue
		}
		free = false
		switch {
		case a.ByTx != out && a.ByTx:
		case a.Only == etherType && etherType != 0:
			return uint8(i), true
		case a.Only == 0 && (general < 0 || a.ByTx == out):
			general = i
		}
	}
	if general >= 0 {
		return uint8(general), true
	}
	return NoArc, free
}

// SetOrigin says of a frame that all its packets came from one interface and are on one arc, NoArc for
// none, as their metadata says too. The engine then need not look at each to know where it goes. It is for Process of a Poller,
// which has filled the frame, and of a node that has changed Meta.RxIf.
func (f *Frame) SetOrigin(arc uint8, rxIf uint32) { f.way = wayOf(arc, rxIf) }

// SetOrigins takes back what is known of a frame, for a node that has changed Meta.RxIf of some of its packets.
func (f *Frame) SetOrigins() { f.way = mixed }

// Origin is the interface that all packets of a frame came from, where the engine knows that of all at once. Where it does not, ok
// is false and the packets' metadata tells.
func (f *Frame) Origin() (rxIf uint32, ok bool) { return f.way.rxIf(), f.way != mixed }

// Alloc fills bufs with new buffers for packets, whose contents and metadata are undefined, and returns how many it got: fewer
// only where the program has no more. It is for Poll, and for copies of packets that a node sends by Transmit itself; what is left
// of them is the node's to Free.
func (w *Worker) Alloc(bufs []buffer.Index) int {
	n := w.cache.Alloc(bufs)
	if c := w.g.checker; c != nil {
		c.taken(w.current, bufs[:n])
	}
	return n
}

// HandingOver reports whether packets are on their way from one worker to another.
func (g *Graph) HandingOver() bool { return slices.ContainsFunc(g.Workers, (*Worker).waiting) }

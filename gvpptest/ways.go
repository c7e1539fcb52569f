package gvpptest

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// ways knows of each packet that was sent what became of it. Those that arrive at interfaces in memory carry their number in
// Meta.User; the packet generator's are known by their numbers in the trace, which follows packets in the order of their arrival.
type ways struct {
	graph *graph.Graph
	sent  []sentPacket // by the last send
	first uint32       // the number before that of sent[0]; numbers never come again
	order []int        // by number in the trace: places in sent
	mixed bool         // packets arrive in both ways, so nobody knows their order
	blind bool         // looks at nothing: memory is being measured
}

// sentPacket is a packet and what became of it.
type sentPacket struct {
	Packet
	in    *Interface
	out   *Interface // it left by; nil: by none that is known
	why   string     // it was dropped
	trace int        // its number in the trace; -1: it has none that is known
}

// firstNumber is far from the numbers of the packet generator's streams, which its packets carry in Meta.User.
const firstNumber = 1 << 30

// begin forgets the packets before.
func (w *ways) begin(mixed bool) {
	w.first += uint32(len(w.sent))
	w.sent, w.order, w.mixed = nil, nil, mixed
}

// expects says that a packet will arrive at an interface, and returns its number.
func (w *ways) expects(i *Interface, p Packet) uint32 {
	w.sent = append(w.sent, sentPacket{Packet: p, in: i, trace: -1})
	return w.first + uint32(len(w.sent))
}

// arrives notes that a packet is the next to arrive.
func (w *ways) arrives(number uint32) {
	if k := number - w.first - 1; k < uint32(len(w.sent)) && !w.blind && !w.mixed && len(w.order) < traced {
		w.sent[k].trace = len(w.order)
		w.order = append(w.order, int(k))
	}
}

// received is what an interface in memory does with each packet that it receives, in the order in which they were sent.
func (w *ways) received(i *Interface) func(*buffer.Pool, buffer.Index) {
	return func(p *buffer.Pool, b buffer.Index) {
		if len(i.coming) > 0 {
			p.Meta(b).User = i.coming[0]
			w.arrives(i.coming[0])
			i.coming = i.coming[1:]
		}
	}
}

// leaves is what an interface in memory does with each packet that it sends.
func (w *ways) leaves(i *Interface) func(*buffer.Pool, buffer.Index) {
	return func(p *buffer.Pool, b buffer.Index) {
		if w.blind {
			return
		}
		got := append(Packet(nil), p.Bytes(b)...)
		i.got = append(i.got, got)
		if s := w.ends(p.Meta(b)); s != nil && s.out == nil {
			s.out = i
		} else {
			i.others = append(i.others, got)
		}
	}
}

// dropped sees the packets that are dropped.
func (w *ways) dropped(g *graph.Worker, b buffer.Index) {
	if w.blind {
		return
	}
	m := g.Meta(b)
	if s := w.ends(m); s != nil {
		plan := w.graph.Plan
		s.why = "dropped by " + plan.Nodes[m.Node].Name
		if why := plan.Reason(m.Node, m.Reason); why != "" {
			s.why += ": " + explained(why)
		}
	}
}

// ends finds a packet of the last send that has come to its end.
func (w *ways) ends(m *buffer.Meta) *sentPacket {
	n, followed := w.graph.Followed(m)
	if k := m.User - w.first - 1; k < uint32(len(w.sent)) {
		if followed {
			w.sent[k].trace = n
		}
		return &w.sent[k]
	}
	if followed && m.User < firstNumber && n < len(w.order) {
		return &w.sent[w.order[n]]
	}
	return nil
}

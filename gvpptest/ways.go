package gvpptest

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// ways knows of each packet that was sent what became of it. Packets carry their number in Meta.User.
type ways struct {
	graph *graph.Graph
	sent  []sentPacket // by the last send
	first uint32       // the number before that of sent[0]; numbers never come again
	blind bool         // looks at nothing: memory is being measured
}

// sentPacket is a packet and what became of it.
type sentPacket struct {
	Packet
	in    *Interface
	out   *Interface // it left by; nil: by none
	why   string     // it was dropped
	trace int        // its number in the trace; -1: it has none that is known
}

// firstNumber is far from the numbers of the packet generator's streams, which its packets carry in Meta.User.
const firstNumber = 1 << 30

// begin forgets the packets before.
func (w *ways) begin() {
	w.first += uint32(len(w.sent))
	w.sent = nil
}

// expects says that a packet will arrive at an interface in memory.
func (w *ways) expects(i *Interface, p Packet) {
	i.coming = append(i.coming, w.first+uint32(len(w.sent))+1)
	w.sent = append(w.sent, sentPacket{Packet: p, in: i, trace: -1})
}

// arrives numbers the packets that an interface receives, in the order in which they were sent.
func (w *ways) arrives(i *Interface) func(*buffer.Pool, buffer.Index) {
	return func(p *buffer.Pool, b buffer.Index) {
		if len(i.coming) > 0 {
			p.Meta(b).User = i.coming[0]
			i.coming = i.coming[1:]
		}
	}
}

// leaves sees the packets that an interface sends.
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
			s.why += ": " + why
		}
	}
}

// ends finds a packet of the last send that has come to its end.
func (w *ways) ends(m *buffer.Meta) *sentPacket {
	k := m.User - w.first - 1
	if k >= uint32(len(w.sent)) {
		return nil
	}
	s := &w.sent[k]
	if n, ok := w.graph.Followed(m); ok {
		s.trace = n
	}
	return s
}

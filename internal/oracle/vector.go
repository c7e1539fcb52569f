package oracle

import (
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Bundler makes vectors of a source's packets. As on a wire, what is in a vector does not answer what is in it, too: of a
// dialogue, all come from one side, and no ICMP error is about them.
type Bundler struct {
	Source
	next *Packet // that did not fit into the vector before
}

// Next is a vector of at most n packets.
func (b *Bundler) Next(n int) (list []Packet) {
	from := map[int]netip.Addr{}
	for len(list) < n {
		p := b.next
		if b.next = nil; p == nil {
			q := b.Source.Next()
			p = &q
		}
		t := tuple{}
		t.network(p.Data)
		first, met := from[p.Dialogue]
		if inner, ok := parse(p.Data); met && (first != t.Src || ok && inner.Src != t.Src) {
			b.next = p
			break
		}
		from[p.Dialogue] = t.Src
		list = append(list, *p)
	}
	return list
}

// SendVector compares what the sides make of packets that arrive at gvpp all at once, in one vector. What can be compared is
// the class and direction of each, and at the end the session of each dialogue.
func (m *Match) SendVector(list []Packet) error {
	if len(m.talks) >= flushAt {
		if err := m.Anew(); err != nil {
			return err
		}
	}
	now := m.now()
	var sent []Packet
	var kernel []Answer
	for _, p := range list {
		if deviates(p) || m.unclear(p.whole(), now) {
			m.Skipped++
			continue
		}
		k, err := m.kernel.Ask(forKernel(p))
		if err != nil {
			return err
		}
		sent, kernel = append(sent, p), append(kernel, k)
	}
	m.graph.At(now)
	answers := m.graph.askAll(sent)
	last := map[int]int{}
	for i, p := range sent {
		last[p.Dialogue] = i
	}
	for i, p := range sent {
		r := m.record(p)
		k, g := kernel[i], answers[i]
		k.Info = Info{}
		if t, ok := parse(p.whole()); ok && last[p.Dialogue] == i {
			var err error
			if k.Info, err = m.kernel.ct.session(t, m.limits); err != nil {
				return err
			}
			g.Info = m.graph.session(t, t.key())
		}
		m.note(r, k, g)
	}
	return nil
}

// askAll sends datagrams through the graph in one vector, and says class and direction of each.
func (g *Graph) askAll(list []Packet) []Answer {
	g.ends = g.ends[:0]
	for i, p := range list {
		f := frame(p.Data)
		be.PutUint16(f[numberAt:], uint16(i))
		g.in.Inject(0, f)
	}
	for range 2 {
		for g.dp.Step() {
		}
	}
	answers := make([]Answer, len(list))
	for i := range answers {
		answers[i].Class = "lost"
	}
	for _, e := range g.ends {
		m, a := &e.meta, &answers[e.number]
		a.Class = classOf(m)
		if m.Flags&buffer.FlagHasFlow != 0 {
			a.Reply = m.Flags&buffer.FlagReply != 0
			if t, ok := parse(list[e.number].whole()); ok {
				g.flows[t.key()] = seen{m.Flow, m.IsIP6}
			}
		}
	}
	return answers
}

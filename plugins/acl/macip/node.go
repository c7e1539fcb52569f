package macip

import (
	"encoding/binary"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// direction is what of an interface's packets a node looks at.
type direction int

const (
	input direction = iota
	output
)

// nodes are the names and arcs. Frames of a wire or a bridge are on the arcs of their family, as far as they have one.
var nodes = [2]struct {
	name string
	arcs []graph.Arc
}{
	input: {"acl-plugin-macip-in", []graph.Arc{
		{Name: "l2-input"}, {Name: "ip4-unicast", Before: "flow-lookup"}, {Name: "ip6-unicast", Before: "flow-lookup"}, // what is denied begins no session
	}},
	output: {"acl-plugin-macip-out", []graph.Arc{{Name: "interface-output"}}},
}

const (
	nextPass graph.Next = iota
	nextDrop
)

const (
	counterPermitted graph.Counter = iota
	counterDenied
	counterMissed
	numCounters
)

// registerNodes declares the nodes.
func (p *Plugin) registerNodes(r *plugin.Registry) {
	for d, n := range nodes {
		r.Node(graph.Spec{
			Name:  n.name,
			Nexts: graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
			Counters: graph.Counters{
				counterPermitted: "MACIP rule permits", counterDenied: "MACIP rule denies", counterMissed: "no MACIP rule matches",
			},
			MoreArcs: n.arcs,
			New:      func(*graph.Worker) graph.Processor { return &node{plugin: p, direction: direction(d)} },
			Trace:    trace,
		})
	}
}

// trace says what became of a packet.
func trace(m *buffer.Meta, _ []byte) string {
	switch graph.Counter(m.Reason) - 1 {
	case counterDenied:
		return fmt.Sprintf("macip: denied by rule %d", m.Rule)
	case counterMissed:
		return "macip: denied: no rule matches"
	}
	return "macip: permitted"
}

// node asks the interfaces' lists in one direction, on one worker.
type node struct {
	plugin    *Plugin
	direction direction
}

// Process implements graph.Processor.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	st := n.plugin.state.Load()
	v := w.Packets()
	var counts [numCounters]int
	var last *compiled // whose rule was met last, and how often
	var rule uint32
	var run uint64
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		swIf := m.RxIf
		if n.direction == output {
			swIf = m.TxIf
		}
		l := st.of(swIf)
		if l == nil || n.direction == output && (len(l.out) == 0 || m.EtherType == packet.EtherTypeARP) {
			continue
		}
		e := l.ask(v.Bytes(b, m), m, n.direction)
		if e == nil {
			nexts[i], m.Reason = nextDrop, uint8(counterMissed)+1
			counts[counterMissed]++
			continue
		}
		if l != last || e.rule != rule {
			last.count(rule, run)
			last, rule, run = l, e.rule, 0
		}
		run++
		if e.deny {
			nexts[i], m.Reason, m.Rule = nextDrop, uint8(counterDenied)+1, e.rule-1
			counts[counterDenied]++
			continue
		}
		counts[counterPermitted]++
	}
	last.count(rule, run)
	for c, k := range counts {
		w.Count(graph.Counter(c), k)
	}
}

// count adds to what a rule has met. Packets of one rule come together.
func (c *compiled) count(rule uint32, n uint64) {
	if n > 0 {
		c.hits[rule-1].Add(n)
	}
}

// ask finds the rule that a packet meets, nil for none.
func (c *compiled) ask(p []byte, m *buffer.Meta, d direction) *slot {
	k, arp, ok := addresses(p, m, d)
	if !ok {
		return nil
	}
	groups := c.in
	if d == output {
		groups = c.out
	}
	for i := range groups {
		g := &groups[i]
		if g.is6 != m.IsIP6 || (k.mac^arp)&g.mask.mac != 0 {
			continue
		}
		masked := k.and(g.mask)
		if e := g.find(masked, masked.hash(c.seed)); e != nil {
			return e
		}
	}
	return nil
}

// addresses are those that a packet comes from, or goes to, and the Ethernet address that an ARP packet tells of its sender; of
// others that is the frame's. ok is false for what has none.
func addresses(p []byte, m *buffer.Meta, d direction) (k key, arp uint64, ok bool) {
	if len(p) < 14 || int(m.L3) > len(p) {
		return k, 0, false
	}
	at, n := 6, 0
	if d == output {
		at, n = 0, 1
	}
	k.mac = mac(p[at:])
	h := p[m.L3:]
	switch {
	case m.IsIP4 && len(h) >= 20:
		k.lo = uint64(binary.BigEndian.Uint32(h[12+4*n:]))
	case m.IsIP6 && len(h) >= 40:
		k.hi, k.lo = binary.BigEndian.Uint64(h[8+16*n:]), binary.BigEndian.Uint64(h[16+16*n:])
	case m.EtherType == packet.EtherTypeARP && !m.IsIP6 && len(h) >= 28:
		k.lo = uint64(binary.BigEndian.Uint32(h[14:]))
		return k, mac(h[8:]), true
	default:
		return k, 0, false
	}
	return k, k.mac, true
}

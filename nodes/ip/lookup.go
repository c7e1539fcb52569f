package ip

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

// Where the lookup nodes send packets.
const (
	toRewrite graph.Next = iota
	toDrop
	toLocal
	toGlean
	toResolve
	toError
	toDisabled
)

// nextOf is the way of each kind of hop.
var nextOf = [1 << 3]graph.Next{
	fib.KindDrop: toDrop, fib.KindLocal: toLocal, fib.KindGlean: toGlean, fib.KindResolve: toResolve, fib.KindRewrite: toRewrite,
	fib.KindLookup: toDrop, fib.KindUnreachable: toError, fib.KindProhibit: toError,
}

func (p *Plugin) lookupNodes(r *plugin.Registry) {
	text := func(m *buffer.Meta, b []byte) string { return p.hopText(m) + "\n" + trace(m, b) }
	r.Node(graph.Spec{
		Name: "ip4-lookup",
		Nexts: graph.Nexts{toRewrite: "ip4-rewrite", toDrop: "ip4-drop", toLocal: "ip4-local", toGlean: "ip4-glean", toResolve: "ip4-arp",
			toError: "ip4-icmp-error", toDisabled: "ip4-not-enabled"},
		New:   func(*graph.Worker) graph.Processor { return &lookup4{Plugin: p} },
		Trace: text,
	})
	r.Node(graph.Spec{
		Name: "ip6-lookup",
		Nexts: graph.Nexts{toRewrite: "ip6-rewrite", toDrop: "ip6-drop", toLocal: "ip6-local", toGlean: "ip6-glean", toResolve: "ip6-discover-neighbor",
			toError: "ip6-icmp-error", toDisabled: "ip6-not-enabled"},
		New:   func(*graph.Worker) graph.Processor { return &lookup6{Plugin: p} },
		Trace: text,
	})
	for _, v := range []int{4, 6} {
		p.endNode(r, fmt.Sprintf("ip%d-drop", v), "no route, or one that drops")
		p.endNode(r, fmt.Sprintf("ip%d-not-enabled", v), fmt.Sprintf("IPv%d is off on the interface, and it is not cross-connected", v))
	}
}

// endNode declares a node that drops all that it gets, for one reason.
func (p *Plugin) endNode(r *plugin.Registry, name, reason string) {
	r.Node(graph.Spec{Name: name, Nexts: graph.Nexts{graph.ErrorDrop}, Counters: graph.Counters{reason}, New: func(*graph.Worker) graph.Processor { return end{} }})
}

type end struct{}

func (end) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	for _, b := range bufs {
		blame(w.Meta(b), 0)
	}
	w.Count(0, len(bufs))
}

// maxLookups bounds how many tables a packet is looked up in.
const maxLookups = 4

// lookup4 is ip4-lookup.
type lookup4 struct{ *Plugin }

func (n *lookup4) Process(w *graph.Worker, f *graph.Frame) {
	s := n.fib.Snapshot()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i := 0; i < len(bufs); i++ {
		from := v.Meta(bufs[i]).RxIf
		tree, on := s.Tree4(s.Table4(from))
		if on {
			if i += plainLookup(v, bufs[i:], nexts[i:], s, tree, from); i >= len(bufs) {
				break
			}
			if v.Meta(bufs[i]).RxIf != from {
				i--
				continue
			}
		}
		nexts[i] = n.find(v, bufs[i], s, tree, on)
	}
}

// find is the way of any packet.
func (n *lookup4) find(v buffer.View, b buffer.Index, s *fib.Snapshot, tree fib.Tree, on bool) graph.Next {
	m := v.Meta(b)
	p := v.Bytes(b, m)
	l3 := int(m.L3)
	if !on || len(p) < l3+ip4Len { // not IPv4: the packet generator's
		return toDisabled
	}
	hop := n.choose(s, tree.Lookup(binary.BigEndian.Uint32(p[l3+16:])), p, m)
	h := s.Hop(hop)
	if h.Kind >= fib.KindLookup {
		hop, h = n.special(s, hop, h, p, m)
	}
	m.TxIf = hop
	return nextOf[h.Kind&(1<<3-1)]
}

const (
	ip4Len = 20 // bytes of an IPv4 header without options
	ip6Len = 40 // bytes of an IPv6 header
)

// choose is the hop of a forward that a packet's flow takes.
func (p *Plugin) choose(s *fib.Snapshot, forward uint32, b []byte, m *buffer.Meta) uint32 {
	f := s.Forward(forward)
	if f.Only < fib.Several {
		return f.Only
	}
	return f.Hops[int(p.flowHash(b, m))&(len(f.Hops)-1)]
}

// special is for hops that need more than their number: another table's, and those whose sender is told.
func (n *lookup4) special(s *fib.Snapshot, hop uint32, h *fib.Hop, b []byte, m *buffer.Meta) (uint32, *fib.Hop) {
	for range maxLookups {
		switch h.Kind {
		case fib.KindLookup:
			at := int(m.L3) + 16
			if h.Source {
				at -= 4
			}
			hop = n.choose(s, s.Lookup4(h.Table, binary.BigEndian.Uint32(b[at:])), b, m)
			h = s.Hop(hop)
			continue
		case fib.KindUnreachable:
			setError(m, icmpUnreachable, codeHost, 0)
		case fib.KindProhibit:
			setError(m, icmpUnreachable, codeProhibited, 0)
		}
		return hop, h
	}
	return 0, s.Hop(0)
}

// flowHash is equal for packets of a flow, of one direction. Fragments have no ports, so that those of a datagram stay together.
func (p *Plugin) flowHash(b []byte, m *buffer.Meta) uint32 {
	ports := uint64(m.Proto)
	if m.HasPorts && !m.Fragment {
		ports |= uint64(m.SrcPort)<<16 | uint64(m.DstPort)<<32
	}
	var x uint64
	if m.IsIP4 {
		src, dst := packet.Addrs4(b, m)
		x = uint64(src)<<32 | uint64(dst)
	} else {
		src, dst := packet.Addrs6(b, m)
		x = p.mix(binary.BigEndian.Uint64(src[:]), binary.BigEndian.Uint64(src[8:]))
		x = p.mix(x^binary.BigEndian.Uint64(dst[:]), binary.BigEndian.Uint64(dst[8:]))
	}
	x = p.mix(x, ports)
	return uint32(x ^ x>>32)
}

func (p *Plugin) mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^p.keys[0], b^p.keys[1]|1<<63)
	return hi ^ lo
}

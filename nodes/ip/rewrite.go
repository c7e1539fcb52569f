package ip

import (
	"encoding/binary"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

// Where the rewrite nodes send packets.
const (
	outDirect graph.Next = iota // to the arc of all frames: nothing is on that of IP
	outArc
	outError
	outDrop
)

// Counters of the rewrite nodes.
const (
	errExpired graph.Counter = iota
	errTooBig
	errFragment
	errNoHop
	errRoom
)

var rewriteCounters = graph.Counters{
	errExpired:  "TTL or hop limit has run out",
	errTooBig:   "longer than the MTU of the way out, and must not be fragmented",
	errFragment: "longer than the MTU of the way out: nothing is fragmented here",
	errNoHop:    "neighbour was lost a moment ago",
	errRoom:     "no room for the header",
}

func (p *Plugin) rewriteNodes(r *plugin.Registry) {
	for v6, name := range []string{"ip4", "ip6"} {
		arc := name + "-output"
		r.Arc(graph.ArcSpec{Name: arc, End: name + "-output-end", ByTx: true, Only: []uint16{0x0800, 0x86dd}[v6]})
		r.Node(graph.Spec{
			Name:     name + "-rewrite",
			Nexts:    graph.Nexts{outDirect: graph.ArcStart(outputArc), outArc: graph.ArcStart(arc), outError: name + "-icmp-error", outDrop: graph.ErrorDrop},
			Counters: rewriteCounters,
			New:      func(w *graph.Worker) graph.Processor { return &rewrite{desk: p.desks[w.ID()], v6: v6 == 1} },
			Trace:    p.traceRewrite,
		})
		r.Node(graph.Spec{
			Name:  name + "-output-end",
			Nexts: graph.Nexts{graph.ArcStart(outputArc)},
			New:   func(*graph.Worker) graph.Processor { return pass{} },
		})
	}
}

func (p *Plugin) traceRewrite(m *buffer.Meta, b []byte) string {
	if len(b) < 14 {
		return ""
	}
	return fmt.Sprintf("tx_sw_if_index %d: %s, %s -> %s\n%s", m.TxIf, p.dp.InterfaceName(m.TxIf), net.HardwareAddr(b[6:12]), net.HardwareAddr(b[:6]), trace(m, b))
}

// pass does nothing: the ends of the arcs of IP lead to the one of all frames.
type pass struct{}

func (pass) Process(*graph.Worker, *graph.Frame) {}

// rewrite is ip4-rewrite and ip6-rewrite: Meta.TxIf is the hop's number at first and the interface's at the end.
type rewrite struct {
	*desk
	v6     bool
	counts [errRoom + 1]int
}

func (n *rewrite) Process(w *graph.Worker, f *graph.Frame) {
	hops := n.fib.Snapshot().Hops()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	last, out := ^uint32(0), outDrop
	var h *fib.Hop
	for i, b := range bufs {
		m := v.Meta(b)
		if m.TxIf != last {
			last = m.TxIf
			if h = hops.At(last); h == nil {
				h = hops.At(0) // the packet generator sends packets straight here
			}
			out = n.begin(w, h)
		}
		m.TxIf = h.TxIf
		p := v.Bytes(b, m)
		l3 := int(m.L3)
		if l3 > len(p) || len(p)-l3 < ip4Len || int(m.End)-l3 > int(h.MTU) || out == outDrop {
			nexts[i] = n.refuse(h, p, m)
			continue
		}
		ip := p[l3:]
		if n.v6 {
			if ip[7] <= 1 {
				nexts[i] = n.refuse(h, p, m)
				continue
			}
			ip[7]--
		} else {
			if ip[8] <= 1 {
				nexts[i] = n.refuse(h, p, m)
				continue
			}
			ip[8]--
			sum := uint32(binary.BigEndian.Uint16(ip[10:])) + 0x100 // the word of the TTL has lost that
			if sum >= 0xffff {
				sum++
			}
			binary.BigEndian.PutUint16(ip[10:], uint16(sum))
		}
		nexts[i] = out
		if l3 == 14 && h.Size == 14 {
			*(*[8]byte)(p) = [8]byte(h.Header[:8])
			*(*[8]byte)(p[6:]) = [8]byte(h.Header[6:14])
			continue
		}
		if !n.header(v, b, m, h) {
			nexts[i] = outDrop
		}
	}
	n.flush(w)
}

// begin looks at a hop that the next packets take.
func (n *rewrite) begin(w *graph.Worker, h *fib.Hop) graph.Next {
	switch {
	case h.Kind != fib.KindRewrite:
		return outDrop
	case h.Stale != nil && !h.Stale.Load():
		h.Stale.Store(true)
		n.note(event{kind: eventUsed, key: neighbor.Key{SwIf: h.TxIf, Addr: h.Via}})
	}
	if w.ArcIsBare(outArc, h.TxIf) {
		return outDirect
	}
	return outArc
}

// refuse says where a packet goes that cannot go its way.
func (n *rewrite) refuse(h *fib.Hop, p []byte, m *buffer.Meta) graph.Next {
	l3 := int(m.L3)
	ip := p[min(l3, len(p)):]
	var c graph.Counter
	next := outError
	switch {
	case h.Kind != fib.KindRewrite || len(ip) < ip4Len:
		c, next = errNoHop, outDrop
	case n.v6 && ip[7] <= 1:
		c = errExpired
		setError(m, icmp6Exceeded, 0, 0)
	case !n.v6 && ip[8] <= 1:
		c = errExpired
		setError(m, icmpExceeded, 0, 0)
	case n.v6:
		c = errTooBig
		setError(m, icmp6TooBig, 0, h.MTU)
	case ip[6]&0x40 != 0: // DF
		c = errTooBig
		setError(m, icmpUnreachable, codeTooBig, h.MTU)
	default:
		c, next = errFragment, outDrop
	}
	blame(m, c)
	n.counts[c]++
	return next
}

// header puts a header in front that is not as long as the one that was there. The bytes of the packet move under their names: its
// start, and with it all offsets.
func (n *rewrite) header(v buffer.View, b buffer.Index, m *buffer.Meta, h *fib.Hop) bool {
	size := uint16(h.Size)
	if int(m.Off)+int(m.L3) < int(size) {
		n.counts[errRoom]++
		blame(m, errRoom)
		return false
	}
	shift := m.L3 - size // modulo 2^16
	m.Off += shift
	m.Len -= shift
	m.L3, m.L4, m.End = size, m.L4-shift, m.End-shift
	m.VLANs = uint8((size - 14) / 4)
	copy(v.Bytes(b, m), h.Header[:size])
	return true
}

func (n *rewrite) flush(w *graph.Worker) {
	for c := range n.counts {
		if n.counts[c] != 0 {
			w.Count(graph.Counter(c), n.counts[c])
			n.counts[c] = 0
		}
	}
}

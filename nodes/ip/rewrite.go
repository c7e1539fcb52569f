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
	outFrag // IPv4
)

// Counters of the rewrite nodes.
const (
	errExpired graph.Counter = iota
	errTooBig
	errNoHop
	errRoom
)

var rewriteCounters = graph.Counters{
	errExpired: "TTL or hop limit has run out",
	errTooBig:  "longer than the MTU of the way out, and must not be fragmented",
	errNoHop:   "neighbour was lost a moment ago",
	errRoom:    "no room for the header",
}

func (p *Plugin) rewriteNodes(r *plugin.Registry) {
	for v6, name := range []string{"ip4", "ip6"} {
		arc := name + "-output"
		r.Arc(graph.ArcSpec{Name: arc, End: name + "-output-end", ByTx: true, Only: []uint16{0x0800, 0x86dd}[v6]})
		nexts := graph.Nexts{outDirect: graph.ArcStart(outputArc), outArc: graph.ArcStart(arc), outError: name + "-icmp-error", outDrop: graph.ErrorDrop}
		if v6 == 0 {
			nexts = append(nexts, "ip4-frag")
		}
		r.Node(graph.Spec{
			Name:     name + "-rewrite",
			Nexts:    nexts,
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
	if m.L3 == 0 {
		return fmt.Sprintf("tx_sw_if_index %d: %s\n%s", m.TxIf, p.dp.InterfaceName(m.TxIf), trace(m, b))
	}
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
	hops   [graph.VectorSize]uint32 // of the packets, where they are to be counted
}

// run is what packets of one hop have in common. Those for which plain is too short take the longer way.
type run struct {
	*fib.Hop
	number       uint32
	out          graph.Next
	plain        uint   // the longest datagram that needs no more than a header of 14 bytes; 0: none
	first, other uint64 // bytes 0 to 7 and 6 to 13 of the header, as they are in memory
}

func (n *rewrite) Process(w *graph.Worker, f *graph.Frame) {
	hops := n.fib.Snapshot().Hops()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	counting := n.counting.Load()
	if counting != nil {
		n.mark(v, bufs)
	}
	r := run{number: ^uint32(0)}
	for i := 0; i < len(bufs); i++ {
		m := v.Meta(bufs[i])
		if m.TxIf != r.number {
			n.begin(w, &r, hops, m.TxIf)
		}
		if n.v6 {
			i += plainRewrite6(v, bufs[i:], nexts[i:], &r)
		} else {
			i += plainRewrite4(v, bufs[i:], nexts[i:], &r)
		}
		if i == len(bufs) {
			break
		}
		if m = v.Meta(bufs[i]); m.TxIf == r.number {
			nexts[i] = n.long(v, bufs[i], m, &r)
		} else {
			i-- // the next run
		}
	}
	if counting != nil {
		n.tally(w, v, counting, bufs, nexts)
	}
	n.flush(w)
}

// long is for packets that are not plain.
func (n *rewrite) long(v buffer.View, b buffer.Index, m *buffer.Meta, r *run) graph.Next {
	p, h, l3 := v.Bytes(b, m), r.Hop, int(m.L3)
	m.TxIf = r.TxIf
	if l3 > len(p) || len(p)-l3 < ip4Len || r.out == outDrop {
		return n.refuse(h, p, m)
	}
	ip, long := p[l3:], int(m.End)-l3 > int(h.MTU)
	switch {
	case long && (n.v6 || ip[6]&0x40 != 0): // DF
		return n.refuse(h, p, m)
	case n.v6 && ip[7] <= 1, !n.v6 && ip[8] <= 1:
		return n.refuse(h, p, m)
	case n.v6:
		ip[7]--
	default:
		ip[8]--
		sum := uint32(binary.BigEndian.Uint16(ip[10:])) + 0x100 // the word of the TTL has lost that
		binary.BigEndian.PutUint16(ip[10:], uint16(sum+(sum+1)>>16))
	}
	if !n.header(v, b, m, h) {
		return outDrop
	}
	if long {
		m.DstPort = h.MTU
		return outFrag
	}
	return r.out
}

// begin looks at a hop that the next packets take.
func (n *rewrite) begin(w *graph.Worker, r *run, hops fib.Hops, number uint32) {
	h := hops.At(number)
	if h == nil {
		h = hops.At(0) // the packet generator sends packets straight here
	}
	*r = run{Hop: h, number: number, out: outDrop}
	if h.Kind != fib.KindRewrite {
		return
	}
	if h.Stale != nil && !h.Stale.Load() {
		h.Stale.Store(true)
		n.note(event{kind: eventUsed, key: neighbor.Key{SwIf: h.TxIf, Addr: h.Via}})
	}
	if r.out = outArc; w.ArcIsBare(outArc, h.TxIf) {
		r.out = outDirect
	}
	if h.Size == etherLen {
		r.plain = uint(h.MTU)
		r.first, r.other = binary.NativeEndian.Uint64(h.Header[:]), binary.NativeEndian.Uint64(h.Header[6:])
	}
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
	default:
		c = errTooBig
		setError(m, icmpUnreachable, codeTooBig, h.MTU)
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
	m.VLANs = uint8(max(size, etherLen)-etherLen) / 4
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

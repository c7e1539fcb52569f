package linuxcp

import (
	"encoding/binary"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

const (
	puntNode = "linux-cp-punt"
	arpNode  = "linux-cp-arp-phy"
	outArc   = "interface-output"
)

// Where linux-cp-punt sends packets.
const (
	puntHost graph.Next = iota
	puntNoPair
	puntDrop
)

// Counters of linux-cp-punt.
const (
	errPunted graph.Counter = iota
	errLimit
)

// Counters of linux-cp-arp-phy, the first two by VPP's words.
const (
	errARPs graph.Counter = iota
	errCopies
	errCopyLimit
	errNoCopy
)

func (p *Plugin) nodes(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     puntNode,
		Nexts:    graph.Nexts{puntHost: graph.ArcStart(outArc), puntNoPair: graph.Continue, puntDrop: graph.ErrorDrop},
		Counters: graph.Counters{errPunted: "packets punted to the host", errLimit: "beyond the pair's limit"},
		MoreArcs: []graph.Arc{{Name: "ip4-punt", After: "ip4-punt-acl"}, {Name: "ip6-punt", After: "ip6-punt-acl"}},
		New:      func(*graph.Worker) graph.Processor { return &punt{p} },
		Trace:    p.traceOf("lip-punt"),
	})
	r.Node(graph.Spec{
		Name:  arpNode,
		Nexts: graph.Nexts{graph.Continue},
		Counters: graph.Counters{
			errARPs: "ARP packets processed", errCopies: "ARP replies copied to host", errCopyLimit: "ARP replies not copied: beyond the pair's limit",
			errNoCopy: "ARP replies not copied: no buffer, or the tap's queue is full",
		},
		Arc: graph.Arc{Name: "l2-input"},
		New: func(*graph.Worker) graph.Processor { return &arp{Plugin: p} },
	})
	for _, x := range [][3]string{{"linux-cp-xc-ip4", "ip4-unicast", "ip4-output"}, {"linux-cp-xc-ip6", "ip6-unicast", "ip6-output"}, {"linux-cp-punt-xc", "l2-input", outArc}} {
		r.Node(graph.Spec{
			Name:     x[0],
			Nexts:    graph.Nexts{graph.ArcStart(x[2]), graph.ErrorDrop},
			Ends:     []string{x[1]},
			Counters: graph.Counters{"pair was just deleted"},
			New:      func(*graph.Worker) graph.Processor { return &xconnect{p} },
			Trace:    p.traceOf("lip-xc"),
		})
	}
}

// traceOf is VPP's line.
func (p *Plugin) traceOf(what string) func(m *buffer.Meta, b []byte) string {
	return func(m *buffer.Meta, _ []byte) string { return fmt.Sprintf("%s: %d -> %d", what, m.RxIf, m.TxIf) }
}

// punt is linux-cp-punt.
type punt struct{ *Plugin }

func (n *punt) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	punted, refused := 0, 0
	for i := 0; i < len(bufs); {
		from, j := w.Meta(bufs[i]).RxIf, i+1
		for j < len(bufs) && w.Meta(bufs[j]).RxIf == from {
			j++
		}
		to, k := t.at(from), i
		if to.limit != nil {
			k += to.limit.take(w.Now(), j-i)
			punted, refused = punted+k-i, refused+j-k
		}
		for ; i < k; i++ {
			w.Meta(bufs[i]).TxIf = to.to
		}
		for ; i < j; i++ {
			if to.limit == nil { // the pair was just deleted
				nexts[i] = puntNoPair
				continue
			}
			nexts[i] = puntDrop
			w.Meta(bufs[i]).Reason = uint8(errLimit) + 1
		}
	}
	w.Count(errPunted, punted)
	w.Count(errLimit, refused)
}

// xconnect has what the host sends leave by the phy.
type xconnect struct{ *Plugin }

func (n *xconnect) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	gone := 0
	for i, b := range bufs {
		m := w.Meta(b)
		if m.TxIf = t.at(m.RxIf).to; m.TxIf == 0 {
			nexts[i] = 1
			m.Reason = 1
			gone++
		}
	}
	w.Count(0, gone)
}

// arp is linux-cp-arp-phy.
type arp struct {
	*Plugin
	copy [1]buffer.Index
}

const arpReply = 2

func (n *arp) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	bufs, _ := f.Vector()
	v := w.Packets()
	seen := 0
	for _, b := range bufs {
		m := v.Meta(b)
		if m.EtherType != packet.EtherTypeARP {
			continue
		}
		seen++
		if to := t.at(m.RxIf); to.limit != nil && news(v.Bytes(b, m), m) {
			n.tell(w, v, b, to)
		}
	}
	w.Count(errARPs, seen)
}

// news says whether a message tells of a neighbour unasked, or as an answer.
func news(p []byte, m *buffer.Meta) bool {
	if len(p) < int(m.L3)+28 {
		return false
	}
	a := p[m.L3:]
	return binary.BigEndian.Uint16(a[6:]) == arpReply || [4]byte(a[14:]) == [4]byte(a[24:])
}

// tell sends a copy of a packet to the host.
func (n *arp) tell(w *graph.Worker, v buffer.View, b buffer.Index, to way) {
	if to.limit.take(w.Now(), 1) == 0 {
		w.Count(errCopyLimit, 1)
		return
	}
	if w.Alloc(n.copy[:]) == 0 {
		w.Count(errNoCopy, 1)
		return
	}
	c, m := n.copy[0], v.Meta(b)
	mc := v.Meta(c)
	*mc = buffer.Meta{RxIf: m.RxIf, TxIf: to.to, Off: m.Off, Len: m.Len, Rounds: m.Rounds}
	copy(v.Bytes(c, mc), v.Bytes(b, m))
	if unsent, _ := w.Transmit(to.to, n.copy[:]); len(unsent) > 0 {
		w.Free(unsent)
		w.Count(errNoCopy, 1)
		return
	}
	w.Count(errCopies, 1)
}

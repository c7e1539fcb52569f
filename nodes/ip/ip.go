// Package ip has ip4-input and ip6-input, which verify IP headers and parse them into the packet's metadata, and
// ip4-lookup and ip6-lookup, where the arcs ip4-unicast and ip6-unicast end.
//
// A malformed packet is dropped before any feature sees it and counted by reason. TTL and hop limit are not looked at:
// on a cross-connect gvpp is a wire. Transport checksums are not verified, but those that a local sender left to an
// offload are completed (see packet.CompletePartial).
//
// There is no forwarding table: an interface that is cross-connected never gets to the lookup nodes (nodes/l2 moves the
// arcs' ends), and every packet of another one has no route.
package ip

import (
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// The arcs that well-formed packets pass, by the interface they came from.
const (
	Arc4 = "ip4-unicast"
	Arc6 = "ip6-unicast"
)

const (
	nextArc graph.Next = iota
	nextDrop
)

// Plugin registers the nodes.
type Plugin struct{}

// Register implements plugin.Plugin.
func (Plugin) Register(r *plugin.Registry) {
	r.Arc(graph.ArcSpec{Name: Arc4, End: "ip4-lookup", Only: packet.EtherTypeIP4})
	r.Arc(graph.ArcSpec{Name: Arc6, End: "ip6-lookup", Only: packet.EtherTypeIP6})
	r.Node(graph.Spec{
		Name:     "ip4-input",
		Nexts:    graph.Nexts{nextArc: graph.ArcStart(Arc4), nextDrop: graph.ErrorDrop},
		Counters: faults(first4, last4),
		New:      func(*graph.Worker) graph.Processor { return new(input4) },
		Trace:    trace,
	})
	r.Node(graph.Spec{
		Name:     "ip6-input",
		Nexts:    graph.Nexts{nextArc: graph.ArcStart(Arc6), nextDrop: graph.ErrorDrop},
		Counters: faults(first6, last6),
		New:      func(*graph.Worker) graph.Processor { return input6{} },
		Trace:    trace,
	})
	for _, name := range []string{"ip4-lookup", "ip6-lookup"} {
		r.Node(graph.Spec{
			Name:     name,
			Nexts:    graph.Nexts{graph.ErrorDrop},
			Counters: graph.Counters{"no route and no cross-connect"},
			New:      func(*graph.Worker) graph.Processor { return lookup{} },
		})
	}
}

// The counters of the input nodes are the parser's faults from first to last.
const (
	first4, last4 = packet.FaultIP4Version, packet.FaultIP4Checksum
	first6, last6 = packet.FaultIP6Version, packet.FaultIP6PayloadLength
)

func faults(first, last packet.Fault) (c graph.Counters) {
	for f := first; f <= last; f++ {
		c = append(c, f.String())
	}
	return c
}

type input4 struct {
	faults [graph.VectorSize]packet.Fault
}

func (n *input4) Process(w *graph.Worker, f *graph.Frame) {
	w.CountIP4(f)
	bufs, nexts := f.Vector()
	v := w.Packets()
	bad, flags := packet.IPv4Vector(v, bufs, n.faults[:])
	if bad == 0 && flags&buffer.FlagPartial == 0 {
		return
	}
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		if fault := n.faults[i&(graph.VectorSize-1)]; fault != packet.FaultNone {
			nexts[i] = nextDrop
			m.Reason = uint8(fault-first4) + 1
			w.Count(graph.Counter(fault-first4), 1)
		} else if m.Flags&buffer.FlagPartial != 0 {
			packet.CompletePartial(v.Bytes(b, m), m)
		}
	}
}

type input6 struct{}

func (input6) Process(w *graph.Worker, f *graph.Frame) {
	w.CountIP6(f)
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if fault := packet.IPv6(p, m); fault != packet.FaultNone {
			nexts[i] = nextDrop
			m.Reason = uint8(fault-first6) + 1
			w.Count(graph.Counter(fault-first6), 1)
			continue
		}
		if m.Flags&buffer.FlagPartial != 0 {
			packet.CompletePartial(p, m)
		}
	}
}

// lookup finds no route, for there are none.
type lookup struct{}

func (lookup) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	w.Count(0, len(bufs))
}

func trace(m *buffer.Meta, p []byte) string { return strings.Join(packet.FormatIP(p, m), "\n") }

// Package ethernet has ethernet-input, the node that every received packet enters first.
//
// It finds the network header behind up to two VLAN tags and sends IPv4 and IPv6 to their own nodes and every other
// frame onto the arc l2-input, which ends where the interface is cross-connected to. It does not check addresses: what
// an interface receives is taken to be meant for the graph.
package ethernet

import (
	"encoding/binary"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// InputArc is the arc of frames that are not IP, by the interface they came from.
const InputArc = "l2-input"

const (
	nextIP4 graph.Next = iota
	nextIP6
	nextL2
	nextDrop
)

const (
	errShort graph.Counter = iota
)

// Plugin registers the nodes.
type Plugin struct{}

// Register implements plugin.Plugin.
func (Plugin) Register(r *plugin.Registry) {
	r.Arc(graph.ArcSpec{Name: InputArc, End: "l2-drop"})
	r.Node(graph.Spec{
		Name:     graph.Entry,
		Nexts:    graph.Nexts{nextIP4: "ip4-input", nextIP6: "ip6-input", nextL2: graph.ArcStart(InputArc), nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{errShort: packet.FaultFrameShort.String()},
		New:      func(*graph.Worker) graph.Processor { return input{} },
		Trace:    trace,
	})
	r.Node(graph.Spec{
		Name:     "l2-drop",
		Nexts:    graph.Nexts{graph.ErrorDrop},
		Counters: graph.Counters{"frame is not IP and its interface is not cross-connected"},
		New:      func(*graph.Worker) graph.Processor { return unconnected{} },
	})
}

type input struct{}

func (input) Process(w *graph.Worker, f *graph.Frame) {
	short := 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		if packet.Ethernet(v.Bytes(b, m), m) != packet.FaultNone {
			nexts[i] = nextDrop
			short++
			continue
		}
		switch m.EtherType {
		case packet.EtherTypeIP4:
			nexts[i] = nextIP4
		case packet.EtherTypeIP6:
			nexts[i] = nextIP6
		default:
			nexts[i] = nextL2
		}
	}
	w.Count(errShort, short)
}

// unconnected ends frames that have nowhere to go.
type unconnected struct{}

func (unconnected) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	w.Count(0, len(bufs))
}

// trace is VPP's line: "IP4: 02:00:00:00:00:01 -> 02:00:00:00:00:02".
func trace(m *buffer.Meta, p []byte) string {
	if len(p) < 14 {
		return fmt.Sprintf("%d bytes", m.Len)
	}
	kind := fmt.Sprintf("0x%04x", m.EtherType)
	switch m.EtherType {
	case packet.EtherTypeIP4:
		kind = "IP4"
	case packet.EtherTypeIP6:
		kind = "IP6"
	case packet.EtherTypeARP:
		kind = "ARP"
	}
	s := fmt.Sprintf("%s: %s -> %s", kind, net.HardwareAddr(p[6:12]), net.HardwareAddr(p[:6]))
	for i := 0; i < int(m.VLANs) && 14+4*i+2 <= len(p); i++ {
		s += fmt.Sprintf(" vlan %d", binary.BigEndian.Uint16(p[14+4*i:])&0xfff)
	}
	if m.Rounds > 0 {
		s += fmt.Sprintf(", round %d through loopbacks", m.Rounds)
	}
	return s
}

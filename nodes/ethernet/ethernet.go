// Package ethernet has ethernet-input, the node that every received packet enters first, and what belongs to the Ethernet header:
// sub-interfaces, tag rewriting, and whose frames an interface takes.
//
// Terms: a sub-interface is the frames of an interface, its parent, that carry certain VLAN tags (Match); it has a sw_if_index,
// features and counters of its own and no ports. An interface is a wire (VPP: in L2 mode) while its frames go to a cross-connect or
// a bridge, and routes while it has an address; it may be neither.
//
//	           ┌ tagged ──> the sub-interface that takes it ─┐
//	frame ─────┤            wire: the parent's; else dropped  ├─ wire: as it is
//	           └ untagged ─> the parent's, or untagged's      ┘  routes: only for its own address, or a group's
//
// ethernet-input finds the network header behind up to two VLAN tags and sends IPv4 and IPv6 to their own nodes and every other
// frame onto the arc l2-input, which ends where the interface is cross-connected to. In front of it is the arc device-input. A wire
// without sub-interfaces is not looked at any further: what it receives is meant for the graph, whatever its tags and addresses.
//
// Tags are rewritten behind an interface's other features as it receives (l2-input-vtr), and in front of them, the other way round,
// as it sends (l2-output-vtr): between its wire and the rewriting features see the frame as it is on the wire.
//
// The package makes no interfaces: their owner tells it of them. Headers of routed packets, tags included, are written by those who
// route (see plugin.Link.Tags).
package ethernet

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

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

// Counters of ethernet-input, by VPP's words where it has them.
const (
	errShort graph.Counter = iota
	errVLAN
	errMAC
	errDown
	numErrors
)

var inputCounters = graph.Counters{errShort: packet.FaultFrameShort.String(), errVLAN: "unknown vlan", errMAC: "l3 mac mismatch", errDown: "subinterface down"}

// Plugin is the Ethernet side of interfaces. Its operations are safe for concurrent use; none waits for workers unless it takes a
// context, and none takes the dataplane's lock.
type Plugin struct {
	dp       plugin.Dataplane
	table    atomic.Pointer[table]    // published
	rewrites atomic.Pointer[rewrites] // published

	mu   sync.Mutex
	subs map[uint32]Sub     // guarded by mu: by sw_if_index
	tags map[uint32]Rewrite // guarded by mu: by sw_if_index, those that do something
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{subs: map[uint32]Sub{}, tags: map[uint32]Rewrite{}}
	p.table.Store(new(table))
	p.rewrites.Store(new(rewrites))
	return p
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Changed(p.changed)
	r.Removed(p.forget)
	r.Arc(graph.ArcSpec{Name: graph.EntryArc, End: graph.Entry})
	r.Arc(graph.ArcSpec{Name: InputArc, End: "arp-input"})
	r.Node(graph.Spec{
		Name:     graph.Entry,
		Nexts:    graph.Nexts{nextIP4: "ip4-input", nextIP6: "ip6-input", nextL2: graph.ArcStart(InputArc), nextDrop: graph.ErrorDrop},
		Counters: inputCounters,
		New:      func(*graph.Worker) graph.Processor { return &input{Plugin: p} },
		Trace:    trace,
	})
	r.Node(graph.Spec{
		Name:     "l2-drop",
		Nexts:    graph.Nexts{graph.ErrorDrop},
		Counters: graph.Counters{"frame is not IP and its interface is not cross-connected"},
		New:      func(*graph.Worker) graph.Processor { return unconnected{} },
	})
	r.Node(p.rewriteNode("l2-output-vtr", false, graph.Arc{Name: "interface-output"}))
	r.CLI("set interface l2 tag-rewrite", rewriteUsage, p.rewriteCommand)
	r.Complete(p.completeRewrite)
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

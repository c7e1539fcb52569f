// Package span mirrors: copies of what an interface receives or sends leave by another one as well (VPP: SPAN).
//
// Terms: the source is the interface whose packets are copied; a destination is one that copies leave by, of which a source may have
// several. The device's packets are all that its ports receive, as they came, and all that it sends, as they leave; those of L2 are
// what a wire has got behind ethernet-input, a sub-interface's for instance.
//
//	device-input      span-input ·····> copies        l2-input, ip4-unicast, ip6-unicast   span-l2-input ·····> copies
//	interface-output  … span-output ··> copies        interface-output                     … span-l2-output ··> copies
//
// Copies go straight to the destination's port, past its features, so that nothing copies a copy. A packet is copied once for each
// destination at most, into a buffer of the worker's; where there is none, or the port takes none, the copy is counted and
// the packet goes its way. Off costs nothing: the nodes are features, which an interface without a destination does not pass.
//
// Checksums that a local sender has left to an offload are copied as they are. Packets sent by a sub-interface are not its parent's:
// mirror both.
package span

import (
	"fmt"
	"sync"
	"sync/atomic"

	spanapi "github.com/gvpp/gvpp/api/binapi/span"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Layer is whose packets are copied.
type Layer int

// The layers.
const (
	Device Layer = iota
	L2
	numLayers
)

// State is which packets are copied: bits, with VPP's numbers.
type State uint32

// The states.
const (
	Off  State = 0
	Rx   State = 1
	Tx   State = 2
	Both       = Rx | Tx
)

// String is the state in VPP's words.
func (s State) String() string {
	if s > Both {
		return fmt.Sprintf("state %d", uint32(s))
	}
	return [...]string{"none", "rx", "tx", "both"}[s]
}

// Plugin is the mirrors. Its operations are safe for concurrent use.
type Plugin struct {
	dp    plugin.Dataplane
	table atomic.Pointer[table] // published

	mu      sync.Mutex
	mirrors map[pair]*[numLayers]State // guarded by mu
}

// pair is a source and a destination.
type pair struct{ from, to uint32 }

// table is the destinations by the source's sw_if_index: an immutable snapshot.
type table []source

type source struct {
	rx, tx [numLayers][]uint32
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{mirrors: map[pair]*[numLayers]State{}}
	p.table.Store(new(table))
	return p
}

// wireArcs are the arcs that a wire's frames are on when it has received them.
var wireArcs = []graph.Arc{{Name: "l2-input"}, {Name: "ip4-unicast"}, {Name: "ip6-unicast"}}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Removed(p.forget)
	r.Node(p.spec("span-input", Device, true, graph.Arc{Name: graph.EntryArc}))
	r.Node(p.spec("span-l2-input", L2, true, wireArcs...))
	r.CLI("set interface span", usage, p.command)
	r.Complete(p.complete)
	r.API(spanapi.Serve(service{p: p}))
}

// Last is the part of the plugin that is registered behind all others: its nodes copy what leaves, as it leaves.
func (p *Plugin) Last() plugin.Plugin { return last{p} }

type last struct{ *Plugin }

// Register implements plugin.Plugin.
func (l last) Register(r *plugin.Registry) {
	r.Node(l.spec("span-l2-output", L2, false, graph.Arc{Name: "interface-output"}))
	r.Node(l.spec("span-output", Device, false, graph.Arc{Name: "interface-output"}))
}

// Counters of all nodes.
const (
	errCopied graph.Counter = iota
	errNoBuffer
	errUnsent
)

func (p *Plugin) spec(name string, layer Layer, rx bool, arcs ...graph.Arc) graph.Spec {
	return graph.Spec{
		Name:     name,
		Nexts:    graph.Nexts{graph.Continue},
		Counters: graph.Counters{errCopied: "packets copied", errNoBuffer: "no buffer for a copy", errUnsent: "copies that the destination did not take"},
		MoreArcs: arcs,
		New:      func(*graph.Worker) graph.Processor { return &node{Plugin: p, layer: layer, rx: rx} },
		Trace: func(m *buffer.Meta, _ []byte) string {
			swIf := m.TxIf
			if rx {
				swIf = m.RxIf
			}
			s := "SPAN: mirrored " + p.dp.InterfaceName(swIf) + " ->"
			for _, to := range p.table.Load().to(swIf, layer, rx) {
				s += " " + p.dp.InterfaceName(to)
			}
			return s
		},
	}
}

// to is the destinations of a source.
func (t table) to(swIf uint32, layer Layer, rx bool) []uint32 {
	switch {
	case int(swIf) >= len(t):
		return nil
	case rx:
		return t[swIf].rx[layer]
	}
	return t[swIf].tx[layer]
}

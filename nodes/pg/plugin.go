package pg

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Host is what the generator needs of the dataplane beyond what any plugin does.
type Host interface {
	plugin.Dataplane
	Graph() *graph.Graph
	Buffers() *buffer.Pool
	// CreateGenerator makes interface pgN, or finds it.
	CreateGenerator(ctx context.Context, id uint32) (swIf uint32, err error)
	SetState(ctx context.Context, swIf uint32, up bool) error
	// RefreshStatistics brings the counters that clients read from shared memory up to date.
	RefreshStatistics()
	// HardwareAddr is an interface's address, nil where it has none.
	HardwareAddr(swIf uint32) net.HardwareAddr
}

// Plugin is the streams and interfaces of a dataplane. Its operations are safe for concurrent use.
type Plugin struct {
	host   Host
	active [graph.MaxWorkers]atomic.Pointer[[]*stream] // published: by worker, what it is to send

	mu      sync.Mutex
	streams []*stream // guarded by mu: in the order in which they were made
	made    uint32    // guarded by mu: streams so far

	traced sync.Map // names for the trace, by the number that packets carry

	captures sync.Mutex               // one change of an interface's capture at a time
	only     func(packet []byte) bool // see CaptureOnly
	ports    sync.Map                 // *Interface, by name: those that are open
}

// New makes the plugin.
func New() *Plugin { return new(Plugin) }

// InputName is the name of the node.
const InputName = "pg-input"

// Counters of pg-input.
const (
	errDown graph.Counter = iota
	errKind
	errShort
	errLong
	errBuffers
)

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error {
		host, ok := dp.(Host)
		if !ok {
			return fmt.Errorf("pg: this dataplane cannot make interfaces")
		}
		p.host = host
		return nil
	})
	r.Removed(p.forget)
	r.Close(p.close)
	r.Node(graph.Spec{
		Name:  InputName,
		Nexts: graph.Nexts{graph.Anywhere},
		Counters: graph.Counters{
			errDown:    "interface of the stream is down",
			errKind:    "node of the stream does not take packets of this kind",
			errShort:   "packet is shorter than an Ethernet header",
			errLong:    "packet is longer than a buffer",
			errBuffers: "no buffers: packets come later",
		},
		New:   func(*graph.Worker) graph.Processor { return &node{Plugin: p} },
		Trace: p.trace,
	})
	p.commands(r)
}

// trace is VPP's line.
func (p *Plugin) trace(m *buffer.Meta, b []byte) string {
	t, ok := p.traced.Load(m.User)
	if !ok {
		return fmt.Sprintf("stream %d, %d bytes, sw_if_index %d", m.User, m.Len, m.RxIf)
	}
	s := t.(*stream)
	line := fmt.Sprintf("stream %s, %d bytes, sw_if_index %d, next_node %s", s.Name, m.Len, m.RxIf, s.NodeName())
	if s.Offload != "" {
		line += "\n" + s.claims(m, b)
	}
	return line
}

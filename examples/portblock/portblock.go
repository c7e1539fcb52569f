// Package portblock drops packets sent to blocked TCP and UDP ports.
//
// It is an example: the smallest plugin that has everything, a node, a command and messages (api.go), in a module of its own.
package portblock

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/examples/portblock/portblockapi"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Plugin holds one bit per destination port. The zero value blocks nothing. Any goroutine may set a bit; workers load them.
type Plugin struct{ bits [1 << 16 / 64]atomic.Uint64 }

const (
	nextPass graph.Next = iota
	nextDrop
)

const errBlocked graph.Counter = iota

// Register implements plugin.Plugin. The node does its work on interfaces where the feature is enabled.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "portblock",
		Nexts:    graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{errBlocked: "packets to a blocked port"},
		Arc:      graph.Arc{Name: "ip4-unicast", Before: "ip4-lookup"},
		New:      func(*graph.Worker) graph.Processor { return &node{Plugin: p} },
	})
	r.CLI("portblock add", "portblock add PORT", p.addCommand)
	r.API(portblockapi.Serve(service{p}))
}

// Add blocks a port; it is effective at the workers' next vectors.
func (p *Plugin) Add(_ context.Context, port uint16) error {
	p.bits[port/64].Or(1 << (port % 64))
	return nil
}

// Blocked is the blocked ports, the lowest first.
func (p *Plugin) Blocked() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for port := range 1 << 16 {
			if p.bits[port/64].Load()&(1<<(port%64)) != 0 && !yield(uint16(port)) {
				return
			}
		}
	}
}

func (p *Plugin) addCommand(c *cli.Call) error {
	port, err := c.Args.Uint("a port", 0, 65535)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Add(c.Context, uint16(port))
}

type node struct{ *Plugin }

func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	blocked := 0
	bufs, nexts := f.Vector()
	for i, b := range bufs {
		m := w.Meta(b)
		if m.HasPorts && n.bits[m.DstPort/64].Load()&(1<<(m.DstPort%64)) != 0 {
			nexts[i] = nextDrop
			m.Reason = uint8(errBlocked) + 1 // for traces
			blocked++
		}
	}
	w.Count(errBlocked, blocked)
}

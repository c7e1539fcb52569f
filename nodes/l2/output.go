package l2

import (
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// OutputArc is the arc of frames that leave by a bridge domain, in front of l2-output. It belongs to the interface that a frame
// leaves by (Meta.TxIf). Behind it comes the arc interface-output, which all packets pass.
const OutputArc = "l2-output"

func (p *Plugin) outputSpec() graph.Spec {
	return graph.Spec{
		Name:  OutputArc,
		Nexts: graph.Nexts{graph.ArcStart("interface-output")},
		New:   func(*graph.Worker) graph.Processor { return output{} },
		Trace: func(m *buffer.Meta, b []byte) string {
			if len(b) < headerLen {
				return fmt.Sprintf("%d bytes", len(b))
			}
			return fmt.Sprintf("sw_if_index %d dst %s src %s", m.TxIf, net.HardwareAddr(b[:6]), net.HardwareAddr(b[6:12]))
		},
	}
}

// output is l2-output.
type output struct{}

func (output) Process(*graph.Worker, *graph.Frame) {}

// The nodes between a domain and its BVI, a loopback that routes: what the domain sends to it enters the graph as if it had been
// received there, and what is routed out of it enters the domain.
//
//	l2-fwd, l2-flood ──> l2-bvi-input ──> ethernet-input (the BVI's arcs) ──> … ──> interface-output arc ──> l2-bvi-output ──> l2-learn
const (
	bviInput  = "l2-bvi-input"
	bviOutput = "l2-bvi-output"

	// bviRounds is how often a packet may pass from domain to domain by BVIs. Routes in a circle would otherwise keep it for as
	// long as its TTL allows.
	bviRounds = 8
)

const (
	bviOn graph.Next = iota
	bviDrop
)

const (
	errBVIDown graph.Counter = iota
	errBVIRounds
	errBVILeft
	numBVI
)

var bviCounters = graph.Counters{
	errBVIDown:   "BVI is down",
	errBVIRounds: "went round too often",
	errBVILeft:   "interface is the BVI of no bridge domain",
}

func (p *Plugin) bviSpecs() []graph.Spec {
	name := func(m *buffer.Meta, _ []byte) string {
		return fmt.Sprintf("%s, sw_if_index %d", p.dp.InterfaceName(m.RxIf), m.RxIf)
	}
	return []graph.Spec{{
		Name:     bviInput,
		Nexts:    graph.Nexts{bviOn: graph.Entry, bviDrop: graph.ErrorDrop},
		Counters: bviCounters,
		Late:     true,
		New:      func(*graph.Worker) graph.Processor { return &toBVI{Plugin: p} },
		Trace:    name,
	}, {
		Name:     bviOutput,
		Nexts:    graph.Nexts{bviOn: "l2-learn", bviDrop: graph.ErrorDrop},
		Ends:     []string{"interface-output"},
		Counters: bviCounters,
		Late:     true,
		New:      func(*graph.Worker) graph.Processor { return &fromBVI{Plugin: p} },
		Trace:    name,
	}}
}

// toBVI is l2-bvi-input on one worker.
type toBVI struct{ *Plugin }

func (n *toBVI) Process(w *graph.Worker, f *graph.Frame) {
	f.SetOrigins()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	s := n.state.Load()
	for i, b := range bufs {
		m := v.Meta(b)
		why := numBVI
		switch {
		case !s.port(m.TxIf).has(portBVI):
			why = errBVILeft
		case m.Rounds >= bviRounds:
			why = errBVIRounds
		case !w.Receive(m.TxIf, 1, int(m.Len)):
			why = errBVIDown
		}
		if why != numBVI {
			nexts[i], m.Reason = bviDrop, uint8(why)+1
			w.Count(why, 1)
			continue
		}
		*m = buffer.Meta{Off: m.Off, Len: m.Len, RxIf: m.TxIf, Rounds: m.Rounds + 1, Traced: m.Traced, Trace: m.Trace, User: m.User, Arc: graph.NoArc}
	}
}

// fromBVI is l2-bvi-output on one worker.
type fromBVI struct{ *Plugin }

func (n *fromBVI) Process(w *graph.Worker, f *graph.Frame) {
	f.SetOrigins()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	s := n.state.Load()
	for i, b := range bufs {
		m := v.Meta(b)
		why := numBVI
		if !s.port(m.TxIf).has(portBVI) {
			why = errBVILeft
		} else if !w.Sent(m.TxIf, 1, int(m.Len)) {
			why = errBVIDown
		}
		if why != numBVI {
			nexts[i], m.Reason = bviDrop, uint8(why)+1
			w.Count(why, 1)
			continue
		}
		m.RxIf, m.Arc = m.TxIf, graph.NoArc
	}
}

// Package device has the nodes at which packets leave the graph: interface-output sends them, error-drop ends them.
//
// Every packet that enters the graph ends in exactly one of the two. A node that sends a packet to error-drop has
// counted it with the reason; error-drop itself has no counters but its figures in `show runtime`.
package device

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// OutputArc is the arc in front of interface-output. It belongs to the interface that a packet leaves by (Meta.TxIf).
const OutputArc = "interface-output"

// Plugin registers the nodes.
type Plugin struct{}

// Counters of interface-output: packets that could not be sent.
const (
	errDown graph.Counter = iota
	errFull
)

// Register implements plugin.Plugin.
func (Plugin) Register(r *plugin.Registry) {
	var dp plugin.Dataplane
	r.Init(func(d plugin.Dataplane) error { dp = d; return nil })
	r.Arc(graph.ArcSpec{Name: OutputArc, End: "interface-output", ByTx: true})
	r.Node(graph.Spec{
		Name:     "interface-output",
		Counters: graph.Counters{errDown: "interface is down or gone", errFull: "transmit queue is full"},
		New:      func(*graph.Worker) graph.Processor { return output{} },
		Trace: func(m *buffer.Meta, _ []byte) string {
			return fmt.Sprintf("%s, sw_if_index %d, %d bytes", dp.InterfaceName(m.TxIf), m.TxIf, m.Len)
		},
	})
	r.Node(graph.Spec{
		Name: graph.ErrorDrop,
		New:  func(*graph.Worker) graph.Processor { return drop{} },
	})
}

// output sends each run of packets for one interface in one go.
type output struct{}

func (output) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	v := w.Packets()
	for i := 0; i < len(bufs); {
		swIf, j := v.Meta(bufs[i]).TxIf, i+1
		for j < len(bufs) && v.Meta(bufs[j]).TxIf == swIf {
			j++
		}
		if unsent, fault := w.Transmit(swIf, bufs[i:j]); len(unsent) > 0 {
			refuse(w, unsent, fault)
		}
		i = j
	}
}

// refuse counts and drops what could not be sent.
func refuse(w *graph.Worker, bufs []buffer.Index, fault graph.TxFault) {
	reason := errFull
	if fault == graph.TxDown {
		reason = errDown
	}
	for _, b := range bufs {
		m := w.Meta(b)
		m.Node, m.Reason = w.Node(), uint8(reason)+1
	}
	w.Count(reason, len(bufs))
	w.Drop(bufs)
}

type drop struct{}

func (drop) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	w.Drop(bufs)
}

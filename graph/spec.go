package graph

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
)

// VectorSize is the most packets that a frame holds. DESIGN.md: 4 nodes cost 115 ns a packet at 1, 33 at 16, 31 at 256.
const VectorSize = 256

// Next is an output slot of a node: an index into its Spec's Nexts.
type Next uint8

// Counter is an error counter of a node: an index into its Spec's Counters.
type Counter uint8

// Nexts names what each Next leads to: a node, Continue, ArcStart, or Hold; or, alone, Anywhere.
type Nexts []string

// Counters has the text of each Counter, as `show errors` prints it.
type Counters []string

// Continue as a next leads to the following feature of the arc that the packet is on, or to the arc's end.
const Continue = "<continue>"

// ArcStart as a next leads onto the named arc: to the first feature that the packet's interface has enabled there, or
// to the arc's end.
func ArcStart(arc string) string { return arcPrefix + arc }

const arcPrefix = "<arc>"

// ErrorDrop is the name of the node that ends dropped packets. Every graph has it.
const ErrorDrop = "error-drop"

// Arc is a node's place on a feature arc. The zero value is none.
type Arc struct {
	Name   string // the arc
	Before string // a node of the arc that must come later; "" for none
	After  string // a node of the arc that must come earlier; "" for none
}

// ArcSpec declares a feature arc.
type ArcSpec struct {
	Name string
	End  string // the node behind the last feature; SetArcEnd changes it for one interface
	ByTx bool   // the arc belongs to the interface a packet leaves by (Meta.TxIf), not to the one it came from
	Only uint16 // the EtherType of the packets on it, all of them well-formed; 0: any frame
}

// Spec is a node as registered.
type Spec struct {
	Name     string
	Nexts    Nexts    // none: the node ends its packets' way, see Worker.Free and Worker.Transmit
	Counters Counters // may be nil
	Arc      Arc      // may be zero
	MoreArcs []Arc    // further arcs that the same node serves
	Ends     []string // arcs that SetArcEnd may let end in this node
	Late     bool     // its nexts lead back: it runs when no other node has packets

	// New makes a worker's instance. It may allocate what Process needs.
	New func(*Worker) Processor

	// Trace says in words what the node did with the packet, one line or more, without the node's name; nil for
	// nothing. It gets copies, made when the packet was in the node: p is cut to the first TraceBytes bytes.
	Trace func(m *buffer.Meta, p []byte) string
}

// Processor is a worker's instance of a node. Process is called with 1 to VectorSize packets and sets the next of each;
// the next of a packet that it leaves alone is 0. It must not keep the frame. It must not allocate.
type Processor interface {
	Process(w *Worker, f *Frame)
}

// Frame is the packets dispatched to a node.
type Frame struct {
	n     int
	way   way // what the engine knows of all of them
	bufs  [VectorSize]buffer.Index
	nexts [VectorSize]Next
}

// Vector is the packets and, in step with them, their nexts, all 0.
func (f *Frame) Vector() ([]buffer.Index, []Next) {
	n := f.n & (2*VectorSize - 1)
	return f.bufs[:n], f.nexts[:n]
}

package graph

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// TraceBytes is how much of a packet a trace record keeps: Ethernet, two VLAN tags, IPv6 and a TCP header with options.
const TraceBytes = 128

// maxTraceRecords bounds the memory of a worker's trace: about 20 records a packet for 500 packets.
const maxTraceRecords = 10000

// tracer is one `trace add`: which packets to follow, and what was seen of them. Workers that find it published fill
// their own part; readers see the records up to the published count.
type tracer struct {
	serial  uint16 // in the upper half of Meta.Trace: a packet may be held longer than a trace goes on
	node    uint16
	workers []workerTrace
}

type workerTrace struct {
	left    int // packets still to be picked; the worker's
	held    int // picked ones that nodes hold; the worker's
	picked  uint32
	count   atomic.Int32 // records written; published after the record
	records []traceRecord
	_       [64]byte
}

type traceRecord struct {
	packet uint16
	node   uint16
	next   int16 // -1: none
	at     int64
	n      uint8
	meta   buffer.Meta
	bytes  [TraceBytes]byte
}

// TraceAdd makes each worker follow the next n packets that enter node. It replaces the trace before.
func (g *Graph) TraceAdd(node string, n int) error {
	id, ok := g.Plan.NodeID(node)
	if !ok {
		return fmt.Errorf("graph: no node %q to trace; `show graph` lists them", node)
	}
	if n < 1 || n > maxTraceRecords {
		return fmt.Errorf("graph: tracing %d packets: want 1 to %d", n, maxTraceRecords)
	}
	t := &tracer{serial: uint16(g.traces.Add(1)), node: id, workers: make([]workerTrace, len(g.Workers))}
	for i := range t.workers {
		t.workers[i].left = n
		t.workers[i].records = make([]traceRecord, min(20*n, maxTraceRecords))
	}
	g.tracing.Store(t)
	return nil
}

// TraceClear forgets the trace and ends tracing.
func (g *Graph) TraceClear() { g.tracing.Store(nil) }

// enter picks packets and, for a node that ends them, records.
func (t *tracer) enter(w *Worker, id uint16, f *Frame) {
	wt := &t.workers[w.id]
	if id == t.node && wt.left > 0 {
		for _, b := range f.bufs[:f.n] {
			if m := w.pool.Meta(b); !t.follows(m) && wt.left > 0 {
				m.Traced, m.Trace = true, uint32(t.serial)<<16|wt.picked
				wt.picked++
				wt.left--
			}
		}
	}
	if len(w.nodes[id].dest) == 0 {
		t.record(w, id, f)
	}
}

// leave records what a node did.
func (t *tracer) leave(w *Worker, id uint16, f *Frame) {
	dest := w.nodes[id].dest
	if len(dest) == 0 {
		return
	}
	t.record(w, id, f)
	for i, b := range f.bufs[:f.n] {
		if dest[f.nexts[i]].kind == toHold && t.follows(w.pool.Meta(b)) {
			t.workers[w.id].held++
		}
	}
}

// back sees packets that a node gives back.
func (t *tracer) back(w *Worker, f *Frame) {
	for _, b := range f.bufs[:f.n] {
		if t.follows(w.pool.Meta(b)) {
			t.workers[w.id].held--
		}
	}
}

// done says that a worker has no packets to follow any more.
func (t *tracer) done(w *Worker) bool { return t.workers[w.id].left == 0 && t.workers[w.id].held == 0 }

// follows says whether a packet is one of this trace.
func (t *tracer) follows(m *buffer.Meta) bool { return m.Traced && uint16(m.Trace>>16) == t.serial }

func (t *tracer) record(w *Worker, id uint16, f *Frame) {
	wt := &t.workers[w.id]
	for i, b := range f.bufs[:f.n] {
		m := w.pool.Meta(b)
		at := int(wt.count.Load())
		if !t.follows(m) || at == len(wt.records) {
			continue
		}
		r := &wt.records[at]
		*r = traceRecord{packet: uint16(m.Trace), node: id, next: -1, at: w.now, meta: *m}
		if len(w.nodes[id].dest) > 0 {
			r.next = int16(f.nexts[i])
		}
		r.n = uint8(copy(r.bytes[:], w.pool.Bytes(b)))
		wt.count.Store(int32(at + 1))
	}
}

// TraceStep is what one node did with a traced packet.
type TraceStep struct {
	At   time.Duration `json:"at_ns"` // on the graph's clock
	Node string        `json:"node"`
	Text string        `json:"text,omitempty"` // the node's own words, lines separated by \n
	Next string        `json:"next,omitempty"`
}

// Trace is what became of each traced packet, by worker and packet.
func (g *Graph) Trace() [][][]TraceStep {
	t := g.tracing.Load()
	if t == nil {
		return make([][][]TraceStep, len(g.Workers))
	}
	out := make([][][]TraceStep, len(t.workers))
	for i := range t.workers {
		wt := &t.workers[i]
		for _, r := range wt.records[:wt.count.Load()] {
			for int(r.packet) >= len(out[i]) {
				out[i] = append(out[i], nil)
			}
			out[i][r.packet] = append(out[i][r.packet], g.step(&r))
		}
	}
	return out
}

func (g *Graph) step(r *traceRecord) TraceStep {
	n := &g.Plan.Nodes[r.node]
	s := TraceStep{At: time.Duration(r.at), Node: n.Name}
	if n.Trace != nil {
		s.Text = n.Trace(&r.meta, r.bytes[:r.n])
	}
	if r.node == g.Plan.drop && s.Text == "" { // it knows no other node; the plan does
		s.Text = "drop: " + g.Plan.Nodes[r.meta.Node].Name
		if why := g.Plan.Reason(r.meta.Node, r.meta.Reason); why != "" {
			s.Text += ": " + why
		}
	}
	if n.anywhere() && r.next >= 0 {
		s.Next = g.Plan.Nodes[r.next].Name
	} else if r.next >= 0 && int(r.next) < len(n.Nexts) {
		s.Next = strings.NewReplacer(arcPrefix, "arc ", Continue, "next feature", Hold, "held").Replace(n.Nexts[r.next])
	}
	return s
}

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
	node    uint16
	filter  *traceFilter // nil: all are kept
	match   PacketFilter // nil: all are picked
	workers []workerTrace
}

type workerTrace struct {
	left    int // packets still to be picked; the worker's
	picked  int32
	count   atomic.Int32 // records written; published after the record
	records []traceRecord
	aside   *aside // with a filter; then a packet's number is that of its block until it has left the graph
	_       [64]byte
}

type traceRecord struct {
	packet int32
	node   uint16
	next   int16 // none: the node has no nexts
	at     int64
	n      uint8
	meta   buffer.Meta
	bytes  [TraceBytes]byte
}

// MaxFiltered is how many packets a trace with a filter looks at.
const MaxFiltered = 1_000_000_000

// TraceAdd makes each worker follow the next n packets that enter node. It replaces the trace before. With a filter, n packets are
// looked at, and no more than it says are kept.
func (g *Graph) TraceAdd(node string, n int) error { return g.TraceMatching(node, n, nil) }

// PacketFilter says of a packet, by its bytes, whether somebody wants to see it. Workers call it, several at once: it must not wait or
// allocate, nor keep the bytes.
type PacketFilter func(packet []byte) bool

// TraceMatching is TraceAdd of packets that match; nil: all do.
func (g *Graph) TraceMatching(node string, n int, match PacketFilter) error {
	id, ok := g.Plan.NodeID(node)
	if !ok {
		return fmt.Errorf("graph: no node %q to trace%s; `show graph` lists them", node, g.Plan.Like(node))
	}
	g.mu.Lock()
	t := &tracer{node: id, filter: g.traceFilter, match: match, workers: make([]workerTrace, len(g.Workers))}
	g.mu.Unlock()
	most, keep := maxTraceRecords, n
	if t.filter != nil {
		most, keep = MaxFiltered, t.filter.count
	}
	if n < 1 || n > most {
		return fmt.Errorf("graph: tracing %d packets: want 1 to %d; `trace filter` keeps some of many", n, most)
	}
	for i := range t.workers {
		wt := &t.workers[i]
		wt.left, wt.records = n, make([]traceRecord, min(20*keep, maxTraceRecords))
		if t.filter != nil {
			wt.aside = newAside()
		}
	}
	g.rewatch(func(v *watch) { v.trace = t })
	return nil
}

// TraceClear forgets the trace and ends tracing.
func (g *Graph) TraceClear() { g.rewatch(func(v *watch) { v.trace = nil }) }

// wants says that a worker is to look for packets to trace.
func (t *tracer) wants(worker int) bool {
	if t == nil {
		return false
	}
	wt := &t.workers[worker]
	return wt.left > 0 && (t.filter == nil || int(wt.picked) < t.filter.count)
}

// pick makes a packet one of the trace, if there is room: e is its entry where it has one. It returns its entry.
func (t *tracer) pick(f *followers, e *followed, b buffer.Index, m *buffer.Meta) *followed {
	wt := &t.workers[f.w.id]
	if wt.left == 0 || wt.aside != nil && len(wt.aside.free) == 0 {
		return e
	}
	if t.match != nil && !t.match(f.w.pool.Bytes(b)) {
		return e
	}
	if e == nil {
		if e = f.begin(b, m); e == nil {
			return nil
		}
	}
	wt.left--
	if wt.aside != nil {
		e.packet = wt.aside.take()
		return e
	}
	e.packet = wt.picked
	wt.picked++
	return e
}

// record keeps what a node did with a packet.
func (t *tracer) record(w *Worker, id uint16, next int16, b buffer.Index, packet int32) {
	wt := &t.workers[w.id]
	at := int(wt.count.Load())
	var r *traceRecord
	if wt.aside != nil {
		r = wt.aside.slot(packet)
	} else if at < len(wt.records) {
		r = &wt.records[at]
	}
	if r == nil {
		return
	}
	*r = traceRecord{packet: packet, node: id, next: next, at: w.now, meta: *w.pool.Meta(b)}
	r.n = uint8(copy(r.bytes[:], w.pool.Bytes(b)))
	if wt.aside == nil {
		wt.count.Store(int32(at + 1))
	}
}

// TraceStep is what one node did with a traced packet.
type TraceStep struct {
	At   time.Duration `json:"at_ns"` // on the graph's clock
	Node string        `json:"node"`
	Text string        `json:"text,omitempty"` // the node's own words, lines separated by \n
	Next string        `json:"next,omitempty"`
	Meta buffer.Meta   `json:"-"` // the packet's when it left the node
}

// Trace is what became of each traced packet, by worker and packet.
func (g *Graph) Trace() [][][]TraceStep {
	t := g.watched.Load().trace
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
	s := TraceStep{At: time.Duration(r.at), Node: n.Name, Meta: r.meta}
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

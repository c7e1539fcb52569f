package graph

import "github.com/gvpp/gvpp/dataplane/buffer"

// Packets are followed for two users: a trace keeps what each node did with some of them (trace.go), a capture keeps packets as
// they came or left, and which nodes they met (capture.go). A packet that is followed has an entry in its worker's table until it
// leaves the graph; Meta.Trace says which. The users share the entry and nothing in it: each may come and go while the other stays.
//
//	input, poll, enter ──begin──> entry: number in the trace, slot of the capture, path ──end──> sent, dropped, freed
//
// While nobody watches, Worker.follow is nil, and that is all that the packet path looks at.
const (
	// maxFollowed is how many packets a worker follows at once, a power of two: a vector, and the fragments that wait for each other.
	// Packets beyond are not followed. Lower, and those of a busy reassembly are not; higher, and the table (80 bytes each) grows.
	maxFollowed = 4096
	// maxPath is how many nodes of a packet's path are kept: twice the longest path of the nodes that every program has.
	maxPath = 32

	maxGeneration = 1<<32/maxFollowed - 1 // what of an entry's generation fits into Meta.Trace; the lowest bits are the worker's number

	none = -1
)

// watch is for whom packets are followed: an immutable snapshot.
type watch struct {
	trace   *tracer  // nil: nobody
	capture *Capture // nil: nobody
}

// followed is a packet on its way through the graph.
type followed struct {
	index      uint16 // its own place
	generation uint32 // of the entry: Meta.Trace of a packet that is gone has another one
	busy       bool
	hops       uint8 // nodes that it has entered; stays at its most
	buf        buffer.Index
	packet     int32  // its number in the trace, or none
	slot       int32  // where the capture has it as it came, or none
	number     uint64 // from 1: which of the worker's
	path       [maxPath]uint16
}

// visit notes that the packet enters a node.
func (e *followed) visit(node uint16) {
	if e.hops < maxPath {
		e.path[e.hops] = node
	}
	if e.hops < 1<<8-1 {
		e.hops++
	}
}

// followers is a worker's packets that are followed. The worker's; the control side's while workers are held.
type followers struct {
	w       *Worker
	begun   uint64 // packets so far
	free    []uint16
	entries [maxFollowed]followed
	sends   [VectorSize]sending
}

func newFollowers(w *Worker) *followers {
	t := &followers{w: w, free: make([]uint16, maxFollowed)}
	for i := range t.free {
		t.free[i], t.entries[i].index, t.entries[i].generation = uint16(maxFollowed-1-i), uint16(i), uint32(w.id)
	}
	return t
}

// rewatch changes for whom packets are followed.
func (g *Graph) rewatch(change func(v *watch)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range g.Workers {
		if w.followers == nil {
			w.followers = newFollowers(w)
		}
	}
	next := *g.watched.Load()
	change(&next)
	g.watched.Store(&next)
}

// attend makes the worker follow packets in this pass if somebody wants that, or if some are under way.
func (w *Worker) attend(v *watch) {
	t := w.followers
	if v != w.watching {
		t.change(w.watching, v)
		w.watching = v
	}
	w.follow = nil
	if len(t.free) < maxFollowed || v.trace.wants(w.id) || v.capture.wants() {
		w.follow = t
	}
}

// change makes the entries forget what is not wanted any more.
func (t *followers) change(from, to *watch) {
	for i := range t.entries {
		e := &t.entries[i]
		if !e.busy {
			continue
		}
		if from.trace != to.trace {
			e.packet = none
		}
		if from.capture != to.capture {
			e.slot = none
		}
		if e.packet == none && to.capture == nil {
			t.end(e)
		}
	}
}

// of is the entry of a packet, or nil where it is not followed.
func (t *followers) of(m *buffer.Meta) *followed {
	if !m.Traced {
		return nil
	}
	if e := &t.entries[m.Trace%maxFollowed]; e.busy && e.generation == m.Trace/maxFollowed {
		return e
	}
	return nil
}

// begin makes an entry for a packet, or returns nil where there is no room for more.
func (t *followers) begin(b buffer.Index, m *buffer.Meta) *followed {
	if len(t.free) == 0 {
		return nil
	}
	i := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	e := &t.entries[i]
	e.busy, e.hops, e.buf, e.packet, e.slot = true, 0, b, none, none
	t.begun++
	e.number = t.begun
	m.Traced, m.Trace = true, e.generation*maxFollowed+uint32(i)
	return e
}

// end frees an entry: its packet has left the graph, or nobody watches it any more.
func (t *followers) end(e *followed) {
	if tr := t.w.watching.trace; e.packet != none && tr.filter != nil {
		tr.ended(t.w.id, e.packet)
	}
	e.busy = false
	e.generation = (e.generation + MaxWorkers) & maxGeneration
	t.free = append(t.free, e.index)
}

// enter sees a frame before its node does.
func (t *followers) enter(id uint16, f *Frame) {
	tr := t.w.watching.trace
	pick := tr != nil && tr.node == id && tr.wants(t.w.id)
	ends := len(t.w.nodes[id].dest) == 0
	for _, b := range f.bufs[:f.n] {
		m := t.w.pool.Meta(b)
		e := t.of(m)
		if pick && (e == nil || e.packet == none) {
			e = tr.pick(t, e, b, m)
		}
		if e == nil {
			continue
		}
		e.visit(id)
		if ends && e.packet != none {
			tr.record(t.w, id, none, b, e.packet)
		}
	}
}

// leave sees a frame after its node has set the nexts.
func (t *followers) leave(id uint16, f *Frame) {
	tr := t.w.watching.trace
	if tr == nil || len(t.w.nodes[id].dest) == 0 {
		return
	}
	for i, b := range f.bufs[:f.n] {
		if e := t.of(t.w.pool.Meta(b)); e != nil && e.packet != none {
			tr.record(t.w, id, int16(f.nexts[i]), b, e.packet)
		}
	}
}

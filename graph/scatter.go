package graph

import (
	"bytes"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// way is what all packets of a frame have in common, the arc that they are on and the interface that they came from, or
// mixed. Frames mostly have one, and then the engine need not look at the packets to know where they go.
type way uint64

const (
	mixed way = 1<<64 - 1
	noArc     = 1<<8 - 1 // in place of an arc, for packets that are on none
)

func wayOf(arc uint8, rxIf uint32) way { return way(arc)<<32 | way(rxIf) }

func (y way) arc() uint8   { return uint8(y >> 32) }
func (y way) rxIf() uint32 { return uint32(y) }

// scatter moves the packets of a frame to where their nexts lead, a run of equal ones at a time.
func (w *Worker) scatter(r *nodeRuntime, f *Frame) {
	bufs, nexts := f.Vector()
	if len(nexts) > 1 && same(nexts) {
		w.send(r.dest[nexts[0]], f.way, bufs)
		return
	}
	for i := 0; i < len(bufs); {
		next, j := nexts[i], i+1
		for j < len(bufs) && nexts[j] == next {
			j++
		}
		w.send(r.dest[next], f.way, bufs[i:j])
		i = j
	}
}

// same reports whether all nexts are equal.
func same(nexts []Next) bool {
	b := unsafe.Slice((*byte)(unsafe.SliceData(nexts)), len(nexts))
	return bytes.Equal(b[1:], b[:len(b)-1])
}

// send moves packets whose nexts lead to d.
func (w *Worker) send(d dest, y way, bufs []buffer.Index) {
	switch d.kind {
	case toNode:
		w.enqueue(d.to, bufs, y)
	case toEntry:
		if w.wiring.first == nil {
			w.enqueue(d.to, bufs, y)
			return
		}
		w.startArc(w.g.Plan.first, y, bufs)
	case toArc:
		w.startArc(uint8(d.to), y, bufs)
	case toHold: // the node's own now
	default:
		if y != mixed && y.arc() != noArc && !w.wiring.arcs[y.arc()].byTx {
			w.sendAll(w.wiring.arcs[y.arc()].after[w.current], y.rxIf(), y, bufs)
			return
		}
		w.continueArc(y, bufs)
	}
}

// startArc puts packets onto an arc.
func (w *Worker) startArc(arc uint8, y way, bufs []buffer.Index) {
	v := w.pool.View()
	a := &w.wiring.arcs[arc]
	if y != mixed && !a.byTx { // all of one interface
		for _, b := range bufs {
			v.Meta(b).Arc = arc
		}
		w.sendAll(a.first, y.rxIf(), wayOf(arc, y.rxIf()), bufs)
		return
	}
	swIf, differ := a.ifOf(v.Meta(bufs[0])), uint32(0)
	if a.byTx {
		for _, b := range bufs {
			m := v.Meta(b)
			m.Arc = arc
			differ |= m.TxIf ^ swIf
		}
	} else {
		for _, b := range bufs {
			m := v.Meta(b)
			m.Arc = arc
			differ |= m.RxIf ^ swIf
		}
	}
	if y != mixed {
		y = wayOf(arc, y.rxIf())
	} else if differ == 0 && !a.byTx {
		y = wayOf(arc, swIf)
	}
	if differ == 0 {
		w.sendAll(a.first, swIf, y, bufs)
		return
	}
	for i, b := range bufs {
		m := v.Meta(b)
		w.sendAll(a.first, a.ifOf(m), y, bufs[i:i+1])
	}
}

// ifOf is the interface whose arc a packet follows.
func (a *arcWiring) ifOf(m *buffer.Meta) uint32 {
	if a.byTx {
		return m.TxIf
	}
	return m.RxIf
}

// continueArc moves packets on along their arcs, runs of one arc and interface together.
func (w *Worker) continueArc(y way, bufs []buffer.Index) {
	v := w.pool.View()
	at := func(b buffer.Index) way {
		m := v.Meta(b)
		if int(m.Arc) >= len(w.wiring.arcs) {
			return wayOf(noArc, 0)
		}
		return wayOf(m.Arc, w.wiring.arcs[m.Arc].ifOf(m))
	}
	for i := 0; i < len(bufs); {
		k, j := at(bufs[i]), i+1
		for j < len(bufs) && at(bufs[j]) == k {
			j++
		}
		var to []uint16 // none for packets that began their way behind what puts them onto an arc: they are strays
		if a := k.arc(); a != noArc {
			to = w.wiring.arcs[a].after[w.current]
		}
		w.sendAll(to, k.rxIf(), y, bufs[i:j])
		i = j
	}
}

// sendAll moves packets to the node that to names for an interface. Those whose interface the snapshot does not know,
// and those whose arc the node is not on, are strays: the engine drops them and counts them for the node.
func (w *Worker) sendAll(to []uint16, swIf uint32, y way, bufs []buffer.Index) {
	if int(swIf) < len(to) {
		w.enqueue(to[swIf], bufs, y)
		return
	}
	strays := len(w.g.Plan.Nodes[w.current].Counters)
	for _, b := range bufs {
		w.pool.Meta(b).Reason = strayReason
	}
	w.nodes[w.current].stats.counters[strays].Add(uint64(len(bufs)))
	w.enqueue(w.g.Plan.drop, bufs, y)
}

// enqueue adds packets to a node's frame. They fit: a pass holds no more packets than one frame does.
func (w *Worker) enqueue(id uint16, bufs []buffer.Index, y way) {
	if id == w.g.Plan.drop {
		for _, b := range bufs {
			w.pool.Meta(b).Node = w.current
		}
	}
	f := w.nodes[id].frame
	if f.n == 0 {
		f.way = y
	} else if f.way != y {
		f.way = mixed
	}
	f.n += copy(f.bufs[f.n:], bufs)
	w.pend(id)
}

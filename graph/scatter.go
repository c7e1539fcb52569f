package graph

import "github.com/gvpp/gvpp/dataplane/buffer"

// arcCursor remembers where packets of one arc and interface go next from the node that runs, since a vector's packets
// mostly share both.
type arcCursor struct {
	key uint64 // arc, interface and node, plus one; 0: nothing remembered
	to  uint16
}

// scatter moves the packets of a frame to where their nexts lead, a run of equal ones at a time.
func (w *Worker) scatter(r *nodeRuntime, f *Frame) {
	bufs, nexts := f.Vector()
	for i := 0; i < len(bufs); {
		next, j := nexts[i], i+1
		for j < len(bufs) && nexts[j] == next {
			j++
		}
		d := r.dest[next]
		if d.kind == toNode {
			w.enqueue(d.to, bufs[i:j])
		} else {
			w.scatterArc(d, bufs[i:j])
		}
		i = j
	}
}

// scatterArc is scatter for packets that start or continue an arc: runs of equal destinations.
func (w *Worker) scatterArc(d dest, bufs []buffer.Index) {
	w.arc.key = 0
	start, to := 0, uint16(0)
	for i, b := range bufs {
		t := w.onArc(d, w.pool.Meta(b))
		if i > start && t != to {
			w.enqueue(to, bufs[start:i])
			start = i
		}
		to = t
	}
	w.enqueue(to, bufs[start:])
}

// onArc is the node that a packet goes to along its arc. A packet whose interface the snapshot does not know, and one
// whose arc the node is not on, is a stray: the engine drops it and counts it for the node.
func (w *Worker) onArc(d dest, m *buffer.Meta) uint16 {
	if d.kind == toArc {
		m.Arc = uint8(d.to)
	}
	a := &w.wiring.arcs[m.Arc]
	swIf := m.RxIf
	if a.byTx {
		swIf = m.TxIf
	}
	key := uint64(m.Arc)<<32 + uint64(swIf) + 1
	if key == w.arc.key {
		return w.arc.to
	}
	to := a.first
	if d.kind == toContinue {
		to = a.after[w.current]
	}
	if int(swIf) >= len(to) {
		strays := len(w.g.Plan.Nodes[w.current].Counters)
		m.Reason = uint8(strays) + 1
		w.Count(Counter(strays), 1)
		return w.g.Plan.drop
	}
	w.arc = arcCursor{key, to[swIf]}
	return to[swIf]
}

// enqueue adds packets to a node's frame. They fit: a pass holds no more packets than one frame does.
func (w *Worker) enqueue(id uint16, bufs []buffer.Index) {
	if id == w.g.Plan.drop {
		for _, b := range bufs {
			w.pool.Meta(b).Node = w.current
		}
	}
	f := w.nodes[id].frame
	f.n += copy(f.bufs[f.n:], bufs)
	w.pend(id)
}

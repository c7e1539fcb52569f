package graph

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
)

// ID is the worker's number, from 0.
func (w *Worker) ID() int { return w.id }

// Workers is the number of workers.
func (w *Worker) Workers() int { return w.g.config.Workers }

// Meta is the metadata of a packet.
func (w *Worker) Meta(b buffer.Index) *buffer.Meta { return w.pool.Meta(b) }

// Packets is the way to the packets of a vector that costs the least: take it once per vector.
func (w *Worker) Packets() buffer.View { return w.pool.View() }

// Buffers is how many packets the program has memory for, all workers together.
func (w *Worker) Buffers() int { return w.pool.Len() }

// Bytes is a packet, cut to its length.
func (w *Worker) Bytes(b buffer.Index) []byte { return w.pool.Bytes(b) }

// Now is the time of this pass in nanoseconds on the graph's clock.
func (w *Worker) Now() int64 { return w.now }

// Pass is the number of this pass, from 1: what is loaded once per pass is loaded again when it differs.
func (w *Worker) Pass() uint64 { return w.passes.Load() + 1 }

// Count adds n to a counter of the node that runs.
func (w *Worker) Count(c Counter, n int) {
	if n != 0 {
		w.nodes[w.current].count[c].Add(uint64(n))
	}
}

// Node is the id of the node that runs.
func (w *Worker) Node() uint16 { return w.current }

// Free frees packets without a word: for what has been accounted for already.
func (w *Worker) Free(bufs []buffer.Index) {
	if w.follow != nil {
		w.follow.freed(bufs)
	}
	w.cache.Free(bufs)
}

// Drop ends packets for a node without nexts: whoever asked to see dropped packets does so, then they are freed.
func (w *Worker) Drop(bufs []buffer.Index) {
	if see := w.g.config.Dropped; see != nil {
		for _, b := range bufs {
			see(w, b)
		}
	}
	w.countEach(w.rows.Drops, bufs)
	if w.follow != nil {
		w.follow.drop(bufs)
	}
	w.cache.Free(bufs)
}

// ArcIsBare says of a next that puts packets onto an arc, by the interface that they leave by, whether those of an interface meet no
// feature there and go to the arc's own end at once. A node that knows another way to that end spares them the arc.
func (w *Worker) ArcIsBare(next Next, swIf uint32) bool {
	arc := w.nodes[w.current].dest[next].to
	a := &w.wiring.arcs[arc]
	return int(swIf) < len(a.first) && a.first[swIf] == w.g.Plan.arcs[arc].end
}

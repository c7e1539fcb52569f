package span

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// node copies packets, on one worker.
type node struct {
	*Plugin
	layer  Layer
	rx     bool
	copies [graph.VectorSize]buffer.Index
}

func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	bufs, _ := f.Vector()
	v := w.Packets()
	for i := 0; i < len(bufs); {
		swIf, j := n.source(v.Meta(bufs[i])), i+1
		for j < len(bufs) && n.source(v.Meta(bufs[j])) == swIf {
			j++
		}
		for _, to := range t.to(swIf, n.layer, n.rx) {
			n.mirror(w, v, bufs[i:j], to)
		}
		i = j
	}
}

// source is the interface whose packet it is.
func (n *node) source(m *buffer.Meta) uint32 {
	if n.rx {
		return m.RxIf
	}
	return m.TxIf
}

// mirror sends copies of packets by an interface.
func (n *node) mirror(w *graph.Worker, v buffer.View, bufs []buffer.Index, to uint32) {
	copies := n.copies[:w.Alloc(n.copies[:len(bufs)])]
	for i, c := range copies {
		from, m := v.Meta(bufs[i]), v.Meta(c)
		*m = buffer.Meta{RxIf: from.RxIf, TxIf: to, Off: from.Off, Len: from.Len, Rounds: from.Rounds}
		copy(v.Bytes(c, m), v.Bytes(bufs[i], from))
	}
	w.Count(errNoBuffer, len(bufs)-len(copies))
	if len(copies) == 0 {
		return
	}
	unsent, _ := w.Transmit(to, copies)
	w.Count(errCopied, len(copies)-len(unsent))
	w.Count(errUnsent, len(unsent))
	w.Free(unsent)
}

package graph

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
)

// Rows is the memory that one worker counts in, which anybody reads: MaxInterfaces elements by sw_if_index, but of Errors
// Plan.Errors elements, those of node n from Plan.Nodes[n].FirstError on.
type Rows struct {
	Rx, Tx   []counter.Pair    // what the interface's ports gave and took
	Drops    []counter.Counter // received by the interface and dropped, wherever in the graph
	TxErrors []counter.Counter // could not be sent by the interface
	IP4, IP6 []counter.Counter // received by the interface, as the IP nodes have seen them
	Errors   []counter.Counter // by reason; behind those of each node its strays
	Keep     any               // what the memory is freed with, for the graph to refer to
}

// newRows makes rows of the graph's own.
func (p *Plan) newRows() *Rows {
	const words = 8 * MaxInterfaces
	w := make([]uint64, words+p.Errors())
	cut := func(n int) []uint64 { row := w[:n:n]; w = w[n:]; return row }
	return &Rows{
		Rx: counter.PairsIn(cut(2 * MaxInterfaces)), Tx: counter.PairsIn(cut(2 * MaxInterfaces)),
		Drops: counter.In(cut(MaxInterfaces)), TxErrors: counter.In(cut(MaxInterfaces)),
		IP4: counter.In(cut(MaxInterfaces)), IP6: counter.In(cut(MaxInterfaces)), Errors: counter.In(w),
	}
}

// rows is what a worker counts in.
func (g *Graph) rows(worker int) *Rows {
	if len(g.config.Rows) > 0 {
		return g.config.Rows[worker]
	}
	return g.Plan.newRows()
}

// check says what is wrong with rows that are to serve the plan.
func (r *Rows) check(p *Plan) error {
	for _, n := range []int{len(r.Rx), len(r.Tx), len(r.Drops), len(r.TxErrors), len(r.IP4), len(r.IP6)} {
		if n < MaxInterfaces {
			return fmt.Errorf("graph: rows of %d interfaces: want %d", n, MaxInterfaces)
		}
	}
	if len(r.Errors) < p.Errors() {
		return fmt.Errorf("graph: a row of %d errors: want %d", len(r.Errors), p.Errors())
	}
	return nil
}

// Errors is how many counters all nodes have together, the strays too.
func (p *Plan) Errors() int {
	last := &p.Nodes[len(p.Nodes)-1]
	return last.FirstError + len(last.Counters) + 1
}

// ErrorTexts is what the node's counters count, the strays last.
func (n *PlannedNode) ErrorTexts() []string {
	return append(n.Counters[:len(n.Counters):len(n.Counters)], Strays)
}

// CountIP4 counts the packets of a frame for the interfaces that they came from.
func (w *Worker) CountIP4(f *Frame) { w.countFrom(w.rows.IP4, f) }

// CountIP6 is CountIP4 for IPv6.
func (w *Worker) CountIP6(f *Frame) { w.countFrom(w.rows.IP6, f) }

// countFrom counts all at once where the frame knows where they came from.
func (w *Worker) countFrom(row []counter.Counter, f *Frame) {
	if f.way == mixed {
		w.countEach(row, f.bufs[:f.n])
	} else if swIf := f.way.rxIf(); int(swIf) < len(row) {
		row[swIf].Add(uint64(f.n))
	}
}

// countEach counts packets for the interfaces that they came from, a run at a time.
func (w *Worker) countEach(row []counter.Counter, bufs []buffer.Index) {
	v := w.pool.View()
	for i := 0; i < len(bufs); {
		swIf, j := v.Meta(bufs[i]).RxIf, i+1
		for j < len(bufs) && v.Meta(bufs[j]).RxIf == swIf {
			j++
		}
		if int(swIf) < len(row) {
			row[swIf].Add(uint64(j - i))
		}
		i = j
	}
}

package graph

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// receive is input, and counts what that costs.
func (w *Worker) receive(m *portMap, room int, start uint64) (n int, end uint64) {
	if n = w.input(m, room); n > 0 {
		end = cycles.Now()
		w.rx.add(n, end-start)
		return n, end
	}
	return 0, start
}

// input asks the ports in turn for up to room packets, and gives them to the entry node, or to the features in front of it.
func (w *Worker) input(m *portMap, room int) (got int) {
	for i := range m.rx {
		p := &m.rx[(w.turn+i)%len(m.rx)]
		if room == 0 {
			break
		}
		to, arc := w.g.Plan.entry, uint8(noArc)
		if w.wiring.first != nil {
			to, arc = w.firstOf(p.swIf)
		}
		f := w.nodes[to].frame
		bufs := f.bufs[f.n : f.n+room]
		n := p.Rx(bufs)
		if n == 0 {
			continue
		}
		var octets uint64
		for _, b := range bufs[:n] {
			m := w.pool.Meta(b)
			m.RxIf, m.Flags = p.swIf, p.flags
			octets += uint64(m.Len)
		}
		if arc != noArc {
			w.setArc(bufs[:n], arc)
		}
		w.rows.Rx[p.swIf].Add(uint64(n), octets)
		if !p.up {
			w.rows.Drops[p.swIf].Add(uint64(n))
			w.down[p.swIf].rx.Add(uint64(n))
			if w.follow != nil {
				w.follow.refuse(bufs[:n])
			}
			w.Free(bufs[:n])
			continue
		}
		if y := wayOf(arc, p.swIf); f.n == 0 {
			f.way = y
		} else if f.way != y {
			f.way = mixed
		}
		if w.follow != nil {
			w.follow.receive(bufs[:n])
		}
		f.n += n
		got += n
		room -= n
		w.pend(to)
	}
	w.turn++
	return got
}

// firstOf is the node that an interface's packets go to first, and the arc that they are on there.
func (w *Worker) firstOf(swIf uint32) (to uint16, arc uint8) {
	if first := w.wiring.first; int(swIf) < len(first) && first[swIf] != w.g.Plan.entry {
		return first[swIf], w.g.Plan.first
	}
	return w.g.Plan.entry, noArc
}

// setArc notes in the metadata of packets what arc they are on.
func (w *Worker) setArc(bufs []buffer.Index, arc uint8) {
	for _, b := range bufs {
		w.pool.Meta(b).Arc = arc
	}
}

package graph

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// Hold as a next leaves the packet with the node, which owns its buffer from then on: the engine forgets it. The node must
// be a Poller, which gives it back, and a Closer if it can still hold packets at the end.
//
//	Process ──Hold──> the node's own memory ──Poll──> the node's next frame ──Process──> its other nexts
const Hold = "<hold>"

// Poller is a Processor that puts packets into the graph: those that it has held, or new ones. Poll is called at the start
// of each pass, before the node's Process. It writes buffers to room, which may be empty, and returns how many. They are in
// the node's next frame, in this order. Packets that were held on an arc may continue it. As long as Poll
// returns some the worker stays awake; else it may come round after restMs only, unless Poll calls Worker.Soon.
type Poller interface {
	Processor
	Poll(w *Worker, room []buffer.Index) int
}

// Closer is a Processor that has something to free when the worker closes. No worker runs any more.
type Closer interface {
	Processor
	Close(w *Worker)
}

// pollRoom bounds what pollers put into one pass, so that the ports always get their share of it. While the ports have nothing,
// pollers fill whole frames, and the ports are asked every quietPasses at least: more would make a packet wait longer (8 passes of
// a whole path are some 70 us), fewer make the frames smaller.
const (
	pollRoom    = VectorSize / 2
	quietPasses = 8
)

// poller is a node that is polled.
type poller struct {
	Poller
	id    uint16
	holds bool // what it gives back has been received before
}

// take brings a pass its packets, one vector at most: back from pollers, got from ports. Pollers come first, but for the passes in
// which ports that were quiet are asked: there pollers that have much fill what the ports have left.
func (w *Worker) take(m *portMap) (got, back int) {
	start := cycles.Now()
	w.gaps.pass(start)
	if w.quiet == 0 && w.plenty {
		got, start = w.receive(m, VectorSize-pollRoom, start)
		w.heard(got)
		back, _ = w.poll(VectorSize-got, start)
	} else {
		room := pollRoom
		if w.quiet > 0 {
			w.quiet--
			room = VectorSize
		}
		back, start = w.poll(room, start)
		got, _ = w.receive(m, VectorSize-back, start)
		if got > 0 || back <= pollRoom {
			w.heard(got)
		}
	}
	w.plenty = back >= pollRoom
	return got, back
}

// heard notes whether the ports had packets when they could have given many.
func (w *Worker) heard(n int) {
	w.quiet = quietPasses
	if n > 0 {
		w.quiet = 0
	}
}

// poll gives the pollers, in turn, what they have for this pass, and returns how much that is. What it costs is counted for those
// nodes; start is the processor's clock when it begins, and end when it ends.
func (w *Worker) poll(room int, start uint64) (n int, end uint64) {
	w.soon = false
	turn := int(w.passes.Load())
	for i := range w.pollers {
		p := &w.pollers[(turn+i)%len(w.pollers)]
		w.current = p.id
		f := w.nodes[p.id].frame
		free := f.bufs[f.n : f.n+room-n] // the entry's may have what the ports gave
		k := p.Poll(w, free)
		if k == 0 {
			continue
		}
		f.n, f.way = f.n+k, mixed
		if w.follow != nil && !p.holds {
			w.follow.receive(free[:k])
		}
		w.pend(p.id)
		n += k
		now := cycles.Now()
		w.nodes[p.id].stats.clocks.Add(now - start)
		start = now
	}
	return n, start
}

// Soon is for Poll: the node will have packets in a moment, and the worker is to come round in watchMs at the latest.
func (w *Worker) Soon() { w.soon = true }

// checkHolders looks for nodes that could keep packets and never give them back.
func (g *Graph) checkHolders() error {
	var errs []error
	for id := range g.Plan.Nodes {
		n := &g.Plan.Nodes[id]
		_, ok := g.Workers[0].nodes[id].proc.(Poller)
		if slices.Contains(n.Nexts, Hold) && !ok {
			errs = append(errs, fmt.Errorf("graph: node %q holds packets, but has no Poll to give them back", n.Name))
		}
	}
	return errors.Join(errs...)
}

package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
)

// desk is where a worker admits sessions: what it would otherwise share with the others, at the price of an exclusive
// access per session.
type desk struct {
	created counter.Counter
	refused counter.Counter // packets that found no room
	evicted counter.Counter // sessions given up for room

	serial, serialEnd uint32 // the worker's: numbers for its next sessions
	_                 [32]byte
}

// serials is how many session numbers a desk takes at once. With several workers a higher number may be older by so many.
const serials = 256

// newDesk makes the worker's, once. Spec.New is called worker after worker, before any runs.
func (p *Plugin) newDesk(w *graph.Worker) {
	for len(p.desks) <= w.ID() {
		p.desks = append(p.desks, new(desk))
	}
}

// number is the number of the worker's next session.
func (p *Plugin) number(d *desk) uint32 {
	if d.serial == d.serialEnd {
		d.serialEnd = p.serial.Add(serials)
		d.serial = d.serialEnd - serials
	}
	d.serial++
	return d.serial - 1
}

// sum adds up a counter of all desks.
func (p *Plugin) sum(which func(*desk) *counter.Counter) (n uint64) {
	for _, d := range p.desks {
		n += which(d).Load()
	}
	return n
}

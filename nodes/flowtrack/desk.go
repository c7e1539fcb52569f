package flowtrack

import (
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
)

// desk is a worker's: where its nodes follow and admit sessions, and count what they would otherwise share with others, at
// the price of an exclusive access per session.
type desk struct {
	*Plugin
	pass  uint64               // of the worker, which the fields that say so belong to
	set   *published           // this pass's
	out   *ring                // this pass's: where events go; nil while nobody watches
	tap   atomic.Pointer[ring] // what out is to be; stored by the watchers
	tick  uint32               // this pass's
	birth birth                // of the session that is being admitted
	seq   uint64               // of the event of its begin, while somebody watches
	first firstPiece           // of the last datagram that came in pieces
	whole births               // of such datagrams
	inner buffer.Meta          // of the packet at hand, behind AH: see seen

	said      Said          // for a helper
	announced Announced     // by one
	expected  *expectations // this pass's: nil where nobody is expected
	taken     expectation   // what the session that is being admitted was announced as

	created   counter.Counter
	refusals  [numRefusals]counter.Counter // packets that could begin no session
	ended     [numOvers]counter.Counter    // sessions, by the reason
	contended counter.Counter              // packets that could not be judged, for another worker was long at their connection

	serial, serialEnd uint32 // the worker's: numbers for its next sessions
	_                 [24]byte
}

// serials is how many session numbers a desk takes at once. With several workers a higher number may be older by so many.
const serials = 256

// deskOf is the worker's desk, made when first asked for. Spec.New is called worker after worker, before any runs.
func (p *Plugin) deskOf(w *graph.Worker) *desk {
	for len(p.desks) <= w.ID() {
		p.desks = append(p.desks, &desk{Plugin: p})
	}
	p.shared = w.Workers() > 1
	return p.desks[w.ID()]
}

// look takes what holds for a pass, once.
func (d *desk) look(w *graph.Worker) {
	pass := w.Pass()
	if pass == d.pass {
		return
	}
	d.pass = pass
	d.set, d.out, d.tick = d.published.Load(), d.tap.Load(), tickOf(w.Now())
	d.expected = d.helping.Load().awaited()
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

package ip

import (
	"net/netip"
	"sync/atomic"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// desk is where a worker's nodes leave word of neighbours for the table, and find what is to be sent for it. Its worker's alone.
type desk struct {
	*Plugin
	events  [deskEvents]event
	n, done int                     // events that there are, and how many of them the table knows
	wants   [neighbor.Classes]uint8 // how many of those it does not know are eventWant, by their class
	lost    uint64
	asks    [deskAsks]neighbor.Ask
	nAsks   int
	frames  []outgoing
}

// Bounds of a desk. What does not fit is lost, and counted: whoever needs an answer asks again.
const (
	deskEvents = 256
	deskAsks   = 64
	// deskBatch is how many events the table is told of in one pass. Each may change a route, which takes some 15 us among a million.
	deskBatch = 16
	// deskWants is how many events of kind eventWant one class may have there: half a desk in all. A scan fills its own share.
	deskWants = deskEvents / 2 / neighbor.Classes
)

// event is something that a node has learned of a neighbour.
type event struct {
	kind   eventKind
	create bool  // it asks us: it may be new
	from   uint8 // eventWant: the class of the packet's source
	key    neighbor.Key
	mac    [6]byte
}

type eventKind uint8

const (
	eventWant  eventKind = iota // a packet waits for it
	eventUsed                   // a packet has gone to one that is stale
	eventHeard                  // it has sent something
)

// note leaves word. It is false where there is no room.
func (d *desk) note(e event) bool {
	if d.n == deskEvents {
		d.lost++
		return false
	}
	d.events[d.n] = e
	d.n++
	return true
}

// settle tells the table what the nodes have left, if nobody else has it. It reports whether something is left for later.
func (d *desk) settle(w *graph.Worker) (later bool) {
	now, first := w.Now(), w.ID() == 0
	if d.n == 0 && (!first || now < d.due.Load()) {
		return false
	}
	if !d.mu.TryLock() {
		return true
	}
	defer d.mu.Unlock()
	for range deskBatch {
		if d.done == d.n || d.nAsks == deskAsks {
			break
		}
		d.tell(now, &d.events[d.done])
		d.done++
	}
	if d.done == d.n {
		d.done, d.n = 0, 0
	}
	if first {
		d.tick(now)
	}
	return d.n > 0 || d.nAsks > 0
}

// tell makes the table know an event. mu is held.
func (d *desk) tell(now int64, e *event) {
	switch e.kind {
	case eventWant:
		d.wants[e.from]--
		if ask, _ := d.neighbors.Want(now, e.key, e.from); ask {
			d.ask(neighbor.Ask{Key: e.key})
		}
	case eventUsed:
		if a, ok := d.neighbors.Used(now, e.key); ok {
			d.ask(a)
		}
	case eventHeard:
		d.neighbors.Learn(now, e.key, e.mac, e.create)
	}
	d.setDue()
}

func (d *desk) ask(a neighbor.Ask) {
	if d.nAsks < deskAsks {
		d.asks[d.nAsks] = a
		d.nAsks++
	}
}

// tick does what is due in the table, and takes what control wants to be sent. mu is held.
func (d *desk) tick(now int64) {
	d.frames = append(d.frames, d.toSend...)
	d.toSend = d.toSend[:0]
	for _, a := range d.foreseen {
		d.ask(a)
	}
	d.foreseen = d.foreseen[:0]
	if d.taken != nil {
		close(d.taken)
		d.taken = nil
	}
	if deskAsks-d.nAsks >= neighbor.PerTick {
		asks, _ := d.neighbors.Tick(now)
		for _, a := range asks {
			d.ask(a)
		}
	}
	d.setDue()
}

// setDue notes when the table has something to do next. mu is held.
func (p *Plugin) setDue() {
	at, ok := p.neighbors.Next()
	if !ok {
		at = never
	}
	if len(p.toSend) > 0 || len(p.foreseen) > 0 {
		at = 0
	}
	p.due.Store(at)
}

// sink makes hops of neighbours. mu is held.
type sink struct{ *Plugin }

// Resolved implements neighbor.Sink.
func (s sink) Resolved(e *neighbor.Entry) {
	if err := s.fib.SetNeighbor(e.SwIf, e.Addr, e.MAC, e.NoRoute); err != nil {
		s.dp.Log().Warn("neighbour without a route", "neighbour", e.Addr, "interface", s.dp.InterfaceName(e.SwIf), "cause", err)
	}
	s.found.Add(1)
	s.watchers.note(e, false)
}

// Doubted implements neighbor.Sink.
func (s sink) Doubted(k neighbor.Key, used *atomic.Bool) { s.fib.SetStale(k.SwIf, k.Addr, used) }

// Gone implements neighbor.Sink.
func (s sink) Gone(e *neighbor.Entry) {
	s.fib.DeleteNeighbor(e.SwIf, e.Addr)
	s.watchers.note(e, true)
}

func keyOf(swIf uint32, a netip.Addr) neighbor.Key { return neighbor.Key{SwIf: swIf, Addr: a} }

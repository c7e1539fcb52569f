package flowtrack

import (
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// record is an event as a worker notes it.
type record struct {
	seq            uint64 // over all workers: the order of what happened
	key            [unsafe.Sizeof(flow.Key6{}) / 8]uint64
	packets, bytes [2]uint64
	origin         flow.Origin
	tick           uint32
	word           uint32
	limit          uint32 // the timeout that runs, in ticks
	kind           EventKind
	why            over
	ip6            bool
}

// ringSize is how many events a worker can be ahead of those who look. They look a hundred times a second: fewer, and a flood
// of sessions loses events.
const ringSize = 8192

// ring carries events from one worker to the watchers: the worker puts, whoever holds events.mu takes. It never waits; what
// finds no room is counted.
type ring struct {
	head atomic.Uint64   // the worker's: how many it has put
	seen uint64          // the worker's: of tail
	lost counter.Counter // the worker's
	_    [40]byte
	tail atomic.Uint64 // the takers': how many were taken
	told uint64        // the takers': of lost
	_    [48]byte

	slots [ringSize]record
}

// slot is the place of the next event; nil: there is no room.
func (r *ring) slot() *record {
	at := r.head.Load()
	if at-r.seen == ringSize {
		if r.seen = r.tail.Load(); at-r.seen == ringSize {
			r.lost.Add(1)
			return nil
		}
	}
	return &r.slots[at%ringSize]
}

// put makes the event in slot visible.
func (r *ring) put() { r.head.Store(r.head.Load() + 1) }

// take hands what there is to f, and returns how many events were lost since it was last called.
func (r *ring) take(f func(*record)) (lost uint64) {
	all := r.lost.Load()
	lost, r.told = all-r.told, all
	end := r.head.Load()
	for at := r.tail.Load(); at != end; at++ {
		f(&r.slots[at%ringSize])
		r.tail.Store(at + 1)
	}
	return lost
}

// draft writes an event of session x into the worker's ring, for ring.put; nil: nobody watches, or there is no room.
func draft[K flow.Key](d *desk, t *flow.Table[K], x uint32, kind EventKind, word uint32) *record {
	if d.out == nil {
		return nil
	}
	r := d.out.slot()
	if r != nil {
		fill(r, d.Plugin, t, x, d.tick, kind, word)
	}
	return r
}

// fill writes an event of session x, but for its number.
func fill[K flow.Key](r *record, p *Plugin, t *flow.Table[K], x, tick uint32, kind EventKind, word uint32) {
	k := t.Key(x)
	about(r, &k)
	for d := range r.packets {
		r.packets[d], r.bytes[d] = t.Counters(x).Load(d)
	}
	r.origin = t.Origin(x)
	p.now(r, tick, kind, word)
}

// about writes which session an event is about.
func about[K flow.Key](r *record, k *K) {
	*(*K)(unsafe.Pointer(&r.key)) = *k
	r.ip6 = unsafe.Sizeof(*k) == unsafe.Sizeof(flow.Key6{})
}

// now writes what happens at tick.
func (p *Plugin) now(r *record, tick uint32, kind EventKind, word uint32) {
	r.tick, r.word, r.kind, r.limit = tick, word, kind, p.timeouts.of(word)
}

// session is the session that the event is about.
func (r *record) session(p *Plugin) (s Session) {
	if r.ip6 {
		ends6(&s, (*flow.Key6)(unsafe.Pointer(&r.key)))
	} else {
		ends4(&s, (*flow.Key4)(unsafe.Pointer(&r.key)))
	}
	if r.word&wordReversed != 0 {
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	s.Packets, s.Bytes = r.packets, r.bytes
	s.began(p, &r.origin)
	s.told(r.word)
	s.AgeSeconds = seconds(since(r.origin.Created, r.tick))
	if r.kind != EventDestroy {
		s.TimeoutLeft = seconds(r.limit)
	}
	return s
}

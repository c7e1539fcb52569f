package flowtrack

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// EventKind is what has happened to a session.
type EventKind uint8

// The kinds of events.
const (
	EventNew     EventKind = iota // it has begun
	EventUpdate                   // its state has changed, or it is replied or assured now
	EventDestroy                  // it has ended
	EventLost                     // what happened to some sessions is not known
)

var kindNames = [...]string{"new", "update", "destroy", "lost"}

// String is the kind in small letters.
func (k EventKind) String() string { return kindNames[k&3] }

// MarshalText writes the kind as String has it.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *EventKind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("flowtrack: no kind of event %q", text)
	}
	*k = EventKind(i)
	return nil
}

// Event is something that has happened to a session.
type Event struct {
	Kind    EventKind `json:"event"`
	Time    time.Time `json:"time"`             // of a dataplane with a clock of its own: that clock, since 1970
	Reason  string    `json:"reason,omitempty"` // of a destroy: expired, reopened, reset, evicted, cleared
	Lost    uint64    `json:"lost,omitempty"`   // how many events were lost before this one, of any kind and session
	Session Session   `json:"session,omitzero"` // as it was then; of a destroy with its last counters
}

const (
	// lookEvery is how often watchers look for events. Less often, and a flood loses some and people wait; more often costs
	// cycles of a core that a worker may need.
	lookEvery = 10 * time.Millisecond

	// backlog bounds what is kept for a watcher who is slow, in events of about 140 bytes.
	backlog = 1 << 16
)

// events is who watches. Workers write into rings of their own; watchers empty these into each other's queues, so that one who
// is slow makes nobody wait, and loses its own events only.
type events struct {
	seq     atomic.Uint64
	watched atomic.Bool // there are watchers

	mu       sync.Mutex
	rings    []*ring    // guarded by mu: by worker; made for the first watcher
	watchers []*watcher // guarded by mu
}

// watcher is one who watches. An event is given at the second look after it was numbered: until then, one that comes before it may
// still be on its way into another worker's ring.
type watcher struct {
	kinds uint8    // bits
	upTo  uint64   // the watcher's: the last number when it looked last
	early []record // the watcher's: taken, but behind upTo
	queue []record // guarded by events.mu
	lost  uint64   // guarded by events.mu
}

// Events is what happens to the sessions that a filter means, as it happens, from the beginning of the loop over it to its end or
// that of ctx or of the dataplane; without kinds, all kinds. A session's begin comes before its changes, and its end behind them;
// changes that two workers make at the same moment may come in either order. Events cost workers little, and nothing where nobody
// watches; who takes them too slowly loses some, and is told so by one of kind EventLost.
func (p *Plugin) Events(ctx context.Context, f Filter, kinds ...EventKind) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		w := newWatcher(kinds)
		p.watch(w)
		defer p.unwatch(w)
		p.follow(ctx, func(over bool) bool { return p.give(w, &f, over, yield) })
	}
}

func newWatcher(kinds []EventKind) *watcher {
	w := &watcher{}
	for _, k := range kinds {
		w.kinds |= 1 << k
	}
	if w.kinds == 0 {
		w.kinds = 1<<EventNew | 1<<EventUpdate | 1<<EventDestroy
	}
	return w
}

// follow looks again and again, until look returns false, ctx ends, or the dataplane does: over says that this is the last look.
func (p *Plugin) follow(ctx context.Context, look func(over bool) bool) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		over := p.isClosed()
		if !look(over) || over {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// give hands a watcher what has happened since; false: it wants no more.
func (p *Plugin) give(w *watcher, f *Filter, all bool, yield func(Event) bool) bool {
	queue, lost := p.events.take(w, all)
	for i := range queue {
		r := &queue[i]
		s := r.session(p)
		if !f.Match(&s) {
			continue
		}
		e := Event{Kind: r.kind, Time: p.wallClock(r.tick), Session: s}
		if r.kind == EventDestroy {
			e.Reason = r.why.String()
		}
		if !yield(e) {
			return false
		}
	}
	return lost == 0 || yield(Event{Kind: EventLost, Time: time.Now(), Lost: lost})
}

// wallClock is the time of day of a tick that is not long past.
func (p *Plugin) wallClock(tick uint32) time.Time {
	if p.dp.Deterministic() {
		return time.UnixMilli(int64(tick)).UTC()
	}
	return time.Now().Add(-time.Duration(since(tick, tickOf(p.dp.Clock()))) * tickLength)
}

func (p *Plugin) isClosed() bool {
	p.shut.RLock()
	defer p.shut.RUnlock()
	return p.closed
}

// watch begins to note events for w.
func (p *Plugin) watch(w *watcher) {
	e := &p.events
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.rings) < len(p.desks) {
		e.rings = append(e.rings, new(ring))
	}
	e.drain() // leftovers, before w is one of those who get them
	e.watchers = append(e.watchers, w)
	e.watched.Store(true)
	for i, d := range p.desks {
		d.tap.Store(e.rings[i])
	}
}

// unwatch ends it. Workers may still put events for the rest of a vector.
func (p *Plugin) unwatch(w *watcher) {
	e := &p.events
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watchers = slices.DeleteFunc(e.watchers, func(x *watcher) bool { return x == w })
	if len(e.watchers) > 0 {
		return
	}
	e.watched.Store(false)
	for _, d := range p.desks {
		d.tap.Store(nil)
	}
}

// count is how many watch.
func (e *events) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.watchers)
}

// take is what there is for a watcher, in order, and how much was lost.
func (e *events) take(w *watcher, all bool) (queue []record, lost uint64) {
	upTo := w.upTo
	e.mu.Lock()
	w.upTo = e.seq.Load()
	e.drain()
	queue, lost = append(w.early, w.queue...), w.lost
	w.queue, w.lost = nil, 0
	e.mu.Unlock()
	if all {
		upTo = w.upTo
	}
	slices.SortFunc(queue, func(a, b record) int { return cmp.Compare(a.seq, b.seq) })
	n, _ := slices.BinarySearchFunc(queue, upTo+1, func(r record, seq uint64) int { return cmp.Compare(r.seq, seq) })
	w.early = slices.Clone(queue[n:])
	return queue[:n], lost
}

// drain empties the rings. e.mu is held.
func (e *events) drain() {
	for _, r := range e.rings {
		lost := r.take(e.spread)
		for _, w := range e.watchers {
			w.lost += lost
		}
	}
}

// spread gives an event to all watchers. e.mu is held.
func (e *events) spread(r *record) {
	for _, w := range e.watchers {
		switch {
		case w.kinds>>r.kind&1 == 0:
		case len(w.queue) < backlog:
			w.queue = append(w.queue, *r)
		default:
			w.lost++
		}
	}
}

// offer is for events that do not come from workers. It waits for no watcher, but for others who move events.
func (e *events) offer(r *record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spread(r)
}

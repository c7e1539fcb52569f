package neighbor

import "sync/atomic"

// PerTick bounds what one Tick does: the rest is done at the next. One takes about a microsecond, on a worker.
const PerTick = 32

// Tick does what is due and returns the requests to be sent, which are valid until the next call. more: it has not done all.
func (t *Table) Tick(now int64) (asks []Ask, more bool) {
	t.asks = t.asks[:0]
	for range PerTick {
		if len(t.due) == 0 || t.due[0].at > now {
			return t.asks, false
		}
		t.step(now, t.due[0])
	}
	return t.asks, true
}

// step does what is due for an entry.
func (t *Table) step(now int64, e *entry) {
	switch e.State {
	case Incomplete, Probe:
		if e.tries < t.config.Tries {
			l := t.link(e.SwIf)
			if known := e.State == Probe; known && !l.probes.take(now, t.config.Asks/4) || !known && !t.mayAsk(now, l, e.from) {
				t.timer(e, now+int64(t.config.Retry)/8) // when there is room for it
				return
			}
			t.ask(now, e, e.tries+1)
			t.asks = append(t.asks, Ask{e.Key, e.MAC, e.State == Probe})
			return
		}
		if e.State == Probe {
			t.forget(e)
			return
		}
		e.State = Failed
		t.timer(e, now+int64(t.config.Retry))
	case Reachable:
		e.State, e.used = Stale, new(atomic.Bool)
		t.timer(e, now+int64(t.config.StaleFor))
		t.sink.Doubted(e.Key, e.used)
	default: // Stale for too long, or Failed
		t.forget(e)
	}
}

// bucket limits a rate: so many a second, and as many at once.
type bucket struct {
	last   int64 // when it was counted last, ns
	tokens int64 // in billionths
}

// take takes one, if there is one.
func (b *bucket) take(now int64, perSecond int) bool {
	const one = 1e9
	if full := int64(perSecond) * one; b.last == 0 || now-b.last >= one {
		b.tokens = full
	} else {
		b.tokens = min(full, b.tokens+(now-b.last)*int64(perSecond))
	}
	b.last = max(now, 1)
	if b.tokens < one {
		return false
	}
	b.tokens -= one
	return true
}

// dueHeap is entries by when something is due.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.place = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.place = -1
	return e
}

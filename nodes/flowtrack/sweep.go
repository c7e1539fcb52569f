package flowtrack

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/dataplane/flow"
)

// The sweep removes sessions that have been silent for their timeout, within a second. The packet path does nothing for
// it but store when a session was last seen.
//
// Sessions lie in blocks of 16 neighbours, which the table gives out together. Of each block the sweep remembers when it
// is due: the earliest time at which a session of it can expire. That is found by looking at all of them, and it is never
// later than the shortest timeout from then on, for whatever happens to a session afterwards, a packet, a change to a
// state with another timeout, or another session in its place, has it expire at least that timeout later. So nobody has
// to tell the sweep anything; a block of established sessions is looked at every ten seconds, by default, and the rest of
// the time it costs four bytes' reading.
//
// It works in slices and lets other goroutines run after each. Workers go on meanwhile: they see a removed session until
// their next quiescent point and find its line untouched until then.

const (
	sweepEvery = 50 * time.Millisecond

	// sweepWork bounds a call, by the dataplane's clock; the next one goes on where it has ended. Lower, and a million
	// sessions a second cannot be removed; higher, and other periodic work waits longer. A clock that is moved by hand
	// stands still meanwhile: then each call does all there is, and the same each time.
	sweepWork = 40 * time.Millisecond

	// sliceCost bounds a slice, in sessions looked at: about 200 us where all lines miss the caches.
	sliceCost  = 8192
	removeCost = 8  // what it costs to remove one
	scanCost   = 64 // blocks that are not due for the price of one session

	// maintainStep is a slice of the table's own upkeep, in its steps of well under a microsecond.
	maintainStep = 512

	// revisitTicks is the least time between two looks at a block: most of what expiry may be late. Lower, and a block of
	// sessions that end one after the other is looked at more often.
	revisitTicks = 500

	blockSize  = 16               // as many as the table gives out at once
	pageBlocks = 4096             // blocks of a page: memory is taken as sessions come
	spread     = 256              // neighbouring blocks that become due together: more run faster, fewer spread better
	longAway   = int64(time.Hour) // without a call: no due time is believed, for ticks are compared by differences
)

// sweep is the pass over one table. Only the control goroutine calls its methods; what is counted anyone may read.
type sweep struct {
	pages    []*[pageBlocks]uint32 // by block: the tick at which it is due
	blocks   uint32                // that have a due time
	at, left uint32                // the block to go on with, and how many are left of this round
	now      int64                 // of the last call
	changes  uint32                // of the timeouts that the due times are based on
	shortest uint32                // of these timeouts
	asOf     uint32                // the tick since when they hold
	late     uint32                // what latest is to become

	looked, removed atomic.Uint64
	latest          atomic.Uint32 // ticks
}

// Swept is what the sweep has done since start, all tables together.
type Swept struct {
	Looked   uint64 `json:"looked"`    // sessions' places looked at
	Removed  uint64 `json:"removed"`   // sessions
	LatestMs uint32 `json:"latest_ms"` // by how much the latest of these came after its timeout
}

// Swept reads it.
func (p *Plugin) Swept() (r Swept) {
	for i := range p.sweeps {
		s := &p.sweeps[i]
		r.Looked += s.looked.Load()
		r.Removed += s.removed.Load()
		r.LatestMs = max(r.LatestMs, s.latest.Load())
	}
	return r
}

// sweep is the periodic work: one round over all blocks of both tables, and the tables' upkeep, or as much of it as there
// is time for; more says that this was not all.
func (p *Plugin) sweep(now int64) (more bool) {
	s4, s6 := &p.sweeps[0], &p.sweeps[1]
	s4.begin(&p.timeouts, now, p.table4.Slots())
	s6.begin(&p.timeouts, now, p.table6.Slots())
	if help := p.helping.Load(); help != nil {
		help.expected.purge(p, tickOf(now))
	}
	for more = true; more && p.dp.Clock()-now < int64(sweepWork); runtime.Gosched() {
		more = p.table4.Maintain(maintainStep)
		more = p.table6.Maintain(maintainStep) || more
		more = sweepSlice(p, p.table4, s4) || more
		more = sweepSlice(p, p.table6, s6) || more
		more = p.counts.Load().maintain() || more
	}
	return more
}

// begin starts a round over what there is now.
func (s *sweep) begin(t *timeouts, now int64, slots int) {
	fresh := tickOf(s.now) // blocks that are new have been empty then
	if changes := t.changes.Load(); changes != s.changes || now < s.now || now-s.now > longAway {
		s.changes, s.shortest, s.asOf = changes, t.shortest(), tickOf(now)
		fresh = s.asOf - s.shortest
		for b := range s.blocks {
			s.setDue(b, s.asOf)
		}
	}
	s.now = now
	for n := (uint32(slots) + blockSize - 2) / blockSize; s.blocks < n; s.blocks++ { // slot 0 is none's
		if s.blocks%pageBlocks == 0 {
			s.pages = append(s.pages, new([pageBlocks]uint32))
		}
		s.setDue(s.blocks, fresh+s.shortest)
	}
	s.left = s.blocks
}

func (s *sweep) setDue(b, tick uint32) { s.pages[b/pageBlocks][b%pageBlocks] = tick }

// next finds the next due block of the round, for at most cost blocks' reading; ok is false at the end of that.
func (s *sweep) next(blocks uint32) (b uint32, ok bool) {
	tick := tickOf(s.now)
	for n := min(s.left, blocks); n > 0; {
		if s.at >= s.blocks {
			s.at = 0
		}
		page := s.pages[s.at/pageBlocks][s.at%pageBlocks : min(pageBlocks, s.at%pageBlocks+min(n, s.blocks-s.at))]
		for i, due := range page {
			if int32(tick-due) >= 0 {
				b = s.at + uint32(i)
				s.at, s.left = b+1, s.left-uint32(i)-1
				return b, true
			}
		}
		s.at, s.left, n = s.at+uint32(len(page)), s.left-uint32(len(page)), n-uint32(len(page))
	}
	return 0, false
}

// sweepSlice does a slice of the round and reports whether it goes on.
func sweepSlice[K flow.Key](p *Plugin, t *flow.Table[K], s *sweep) (more bool) {
	looked, removed := 0, 0
	for cost := 0; cost < sliceCost; {
		before := s.left
		b, ok := s.next(uint32(sliceCost-cost) * scanCost)
		cost += int(before-s.left) / scanCost
		if !ok {
			break
		}
		due, n := look(p, t, s, b)
		s.setDue(b, due)
		looked, removed, cost = looked+1, removed+n, cost+blockSize+n*removeCost
	}
	s.looked.Add(uint64(looked * blockSize))
	s.removed.Add(uint64(removed))
	s.latest.Store(s.late)
	return s.left > 0
}

// look removes the expired sessions of block b and finds when to look again.
func look[K flow.Key](p *Plugin, t *flow.Table[K], s *sweep, b uint32) (due uint32, removed int) {
	var slots, lives [blockSize]uint32 // of those that have expired
	tick, n := tickOf(s.now), 0
	due = tick + s.shortest - b/spread%16*(s.shortest/64)
	for x := b*blockSize + 1; x <= (b+1)*blockSize; x++ {
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		f := t.State(x)
		word, last := f.LoadWord(), f.LoadLastSeen() // in this order: see hit
		end := last + p.timeouts.of(word)
		if p.timeouts.expired(word, last, tick) {
			slots[n%blockSize], lives[n%blockSize] = x, life
			s.late = max(s.late, min(tick-end, tick-s.asOf))
			n++
		} else if int32(due-end) > 0 {
			due = end
		}
	}
	for i := range n {
		if forget(p, t, slots[i], lives[i], overExpired) {
			removed++
		}
	}
	if soonest := tick + revisitTicks; int32(soonest-due) > 0 {
		due = soonest
	}
	return due, removed
}

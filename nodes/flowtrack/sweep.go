package flowtrack

import (
	"time"

	"github.com/gvpp/gvpp/dataplane/flow"
)

// The sweep looks at every session once per second, a slice at a time.
const (
	sweepEvery  = 100 * time.Millisecond
	sweepSlices = 10
	// maintainBudget bounds one round of the table's own upkeep, in steps of well under a microsecond; maintainRounds how
	// many there are per slice while it grows. Fewer, and a table that fills at a million sessions a second has grown
	// only many seconds later; more, and other periodic work waits longer than some milliseconds.
	maintainBudget = 2048
	maintainRounds = 16
)

// sweep is how far the pass over one table has come.
type sweep struct{ at uint32 }

// sweep removes expired sessions from the next slice of each table. Workers go on meanwhile: they see a removed session
// until their next quiescent point and find its line untouched until then.
func (p *Plugin) sweep(now int64) {
	tick := tickOf(now)
	sweepSlice(p, p.table4, &p.sweeps[0], tick)
	sweepSlice(p, p.table6, &p.sweeps[1], tick)
}

func sweepSlice[K flow.Key](p *Plugin, t *flow.Table[K], s *sweep, tick uint32) {
	slots := uint32(t.Slots())
	for range slots/sweepSlices + 1 {
		if s.at >= slots {
			s.at = 0
			break
		}
		x := s.at
		s.at++
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		f := t.State(x)
		if p.timeouts.expired(f.LoadWord(), f.LoadLastSeen(), tick) && t.RemoveLife(x, life) {
			p.expired.Add(1)
		}
	}
	for n := 0; n < maintainRounds && t.Maintain(maintainBudget); n++ {
	}
}

// Clear removes all sessions and returns how many there were.
func (p *Plugin) Clear() (n int) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return 0
	}
	return clearTable(p.table4) + clearTable(p.table6)
}

func clearTable[K flow.Key](t *flow.Table[K]) (n int) {
	for x := range uint32(t.Slots()) {
		if t.Remove(x) {
			n++
		}
	}
	return n
}

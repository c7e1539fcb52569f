// Package epoch tells the control side when every worker has let go of something it took out of their sight.
//
// Terms: the epoch is a number that Advance increases; a worker passes a quiescent point at the start of each pass of its
// loop, where it holds no snapshot and no index, and stores the epoch it saw there; between passes, asleep or not, it is
// idle and holds nothing.
//
// Invariant: when Passed(e) is true for an e that Advance returned, every worker has been at a quiescent point, or idle,
// after that Advance; so nobody can still see what was unpublished before it.
//
//	control                      worker
//	unpublish X                  loop { Quiesce; load snapshots; process vectors; Idle; maybe sleep }
//	e := Advance()
//	until Passed(e): other work
//	reuse X
//
// The cost for a worker is one load and two stores per pass. The package holds no garbage itself: whoever retires
// something remembers it together with its epoch.
package epoch

import (
	"context"
	"sync/atomic"
	"time"
)

// idle is the epoch of a worker that holds nothing.
const idle = ^uint64(0)

// Domain is a set of workers and the epoch they share. All methods are safe for concurrent use; those with a worker's
// number are that worker's to call.
type Domain struct {
	now   atomic.Uint64
	_     [56]byte
	local []slot
}

// slot is a worker's epoch on a cache line of its own.
type slot struct {
	at atomic.Uint64
	_  [56]byte
}

// New makes a domain of n workers, all idle.
func New(n int) *Domain {
	d := &Domain{local: make([]slot, n)}
	d.now.Store(1)
	for i := range d.local {
		d.local[i].at.Store(idle)
	}
	return d
}

// Workers is the number of workers.
func (d *Domain) Workers() int { return len(d.local) }

// Quiesce says that worker w holds nothing it saw before.
func (d *Domain) Quiesce(w int) { d.local[w].at.Store(d.now.Load()) }

// Idle says that worker w holds nothing and will see nothing until Quiesce.
func (d *Domain) Idle(w int) { d.local[w].at.Store(idle) }

// Advance starts a new epoch and returns it: the one to ask Passed for.
func (d *Domain) Advance() uint64 { return d.now.Add(1) }

// Now is the epoch last started.
func (d *Domain) Now() uint64 { return d.now.Load() }

// Passed reports whether every worker has passed e or is idle.
func (d *Domain) Passed(e uint64) bool {
	for i := range d.local {
		if d.local[i].at.Load() < e {
			return false
		}
	}
	return true
}

// brief is how long Wait looks again and again before it sleeps between looks: a pass of a loaded worker takes 10 to 30 us,
// and the shortest sleep some 60. Low: a rule added under load takes as long as the sleep; high: the core is somebody's.
const brief = 50 * time.Microsecond

// Wait starts a new epoch and returns when it has passed, or with the context's error. It is for the control side.
func (d *Domain) Wait(ctx context.Context) error {
	e := d.Advance()
	for start := time.Now(); time.Since(start) < brief; {
		if d.Passed(e) {
			return nil
		}
	}
	for pause := 5 * time.Microsecond; !d.Passed(e); pause = min(2*pause, time.Millisecond) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
	return nil
}

package graph

import (
	"sync"
	"sync/atomic"
	"time"
)

// barrier holds the workers between two passes. Who may use it: see DESIGN.md, decision 5, and docs/design; it exists
// for what cannot be a snapshot.
type barrier struct {
	mu      sync.Mutex  // one holder at a time
	request atomic.Bool // the holder's; workers look at it once per pass

	holds   atomic.Uint64 // how often workers were held
	longest atomic.Int64  // nanoseconds that the longest hold took
}

// workerState is where a worker is, as far as a holder cares. Written by the worker.
type workerState = int32

const (
	resting workerState = iota // asleep, stopped or not yet started: touches nothing until it has looked at request
	running
	held
)

// Hold runs f while no worker is inside a pass, and returns when f has. f must take a bounded time, for packets wait.
func (g *Graph) Hold(f func()) {
	b := &g.barrier
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	b.request.Store(true)
	for _, w := range g.Workers {
		for w.state.Load() == running {
			time.Sleep(5 * time.Microsecond)
		}
	}
	defer func() {
		b.request.Store(false)
		b.holds.Add(1)
		b.longest.Store(max(b.longest.Load(), int64(time.Since(start))))
	}()
	f()
}

// Holds tells how often the barrier was used and how long its longest use kept the workers.
func (g *Graph) Holds() (n uint64, longest time.Duration) {
	return g.barrier.holds.Load(), time.Duration(g.barrier.longest.Load())
}

// enter makes the worker running unless a holder wants it not to; then it waits. The request is looked at again after
// the state is set, and after each wait: a holder may come at any moment, and another right behind it.
func (w *Worker) enter() {
	w.state.Store(running)
	for w.g.barrier.request.Load() {
		w.state.Store(held)
		for w.g.barrier.request.Load() {
			time.Sleep(5 * time.Microsecond)
		}
		w.state.Store(running)
	}
}

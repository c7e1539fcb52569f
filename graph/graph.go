package graph

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/epoch"
)

// Config is what New needs.
type Config struct {
	Plan    *Plan
	Pool    *buffer.Pool
	Workers int          // at least 1
	Cores   []int        // by worker: the CPU to pin its thread to; empty: not pinned
	Clock   func() int64 // nanoseconds since some start, never going back; read once per pass
	Rows    []*Rows      // by worker: what it counts in; nil: memory of the graph's own
	// Dropped, if not nil, sees each packet that error-drop ends, before it is freed. For replay and tests.
	Dropped func(w *Worker, b buffer.Index)
	Check   *Check // for tests: watches the nodes; nil: does not
}

// Graph is a plan with its workers. Its methods are the control side's and safe for concurrent use.
type Graph struct {
	Plan    *Plan
	Workers []*Worker
	Epochs  *epoch.Domain

	config  Config
	wiring  atomic.Pointer[wiring] // published
	watched atomic.Pointer[watch]  // published; never nil
	barrier barrier
	checker *checker // nil: the nodes are not watched

	mu       sync.Mutex
	arcState []arcState // guarded by mu
	ifs      int        // guarded by mu: interfaces known to the wiring

	traceFilter *traceFilter // guarded by mu: of traces to come; nil: none
}

// New makes the workers of a plan. They do not run yet.
func New(c Config) (*Graph, error) {
	if c.Workers < 1 || c.Workers > MaxWorkers {
		return nil, fmt.Errorf("graph: %d workers: want 1 to %d", c.Workers, MaxWorkers)
	}
	if len(c.Cores) != 0 && len(c.Cores) != c.Workers {
		return nil, fmt.Errorf("graph: %d cores for %d workers: want one each, or none", len(c.Cores), c.Workers)
	}
	for _, core := range c.Cores {
		if core < 0 {
			return nil, fmt.Errorf("graph: core %d: want a number from 0", core)
		}
	}
	if len(c.Rows) != 0 && len(c.Rows) != c.Workers {
		return nil, fmt.Errorf("graph: rows for %d workers of %d", len(c.Rows), c.Workers)
	}
	for _, r := range c.Rows {
		if err := r.check(c.Plan); err != nil {
			return nil, err
		}
	}
	if c.Clock == nil {
		start := time.Now()
		c.Clock = func() int64 { return int64(time.Since(start)) }
	}
	g := &Graph{Plan: c.Plan, Epochs: epoch.New(c.Workers), config: c, arcState: c.Plan.newArcStates(), checker: newChecker(c.Check, c.Pool)}
	g.wiring.Store(c.Plan.wire(g.arcState, 0))
	g.watched.Store(&watch{})
	for i := range c.Workers {
		w, err := newWorker(g, i)
		if err != nil {
			g.Close()
			return nil, err
		}
		g.Workers = append(g.Workers, w)
	}
	g.connectHandoffs()
	for _, w := range g.Workers {
		w.makeNodes()
	}
	if err := g.checkHolders(); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// MaxWorkers bounds the workers and with them the handoff rings, of which there is one per pair of workers.
const MaxWorkers = 64

// Clock is the graph's time in nanoseconds.
func (g *Graph) Clock() int64 { return g.config.Clock() }

// Wake makes sleeping workers look at their ports and snapshots.
func (g *Graph) Wake() {
	for _, w := range g.Workers {
		w.wake.signal()
	}
}

// Close frees what the workers hold. None may run.
func (g *Graph) Close() {
	for _, w := range g.Workers {
		w.close()
	}
	if g.checker != nil {
		g.checker.leaks(g)
	}
}

package gvpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// mover is a clock that runs with time, and can be set ahead.
type mover struct {
	start time.Time
	ahead atomic.Int64 // nanoseconds
	kick  chan chan struct{}
}

func newMover() *mover { return &mover{start: time.Now(), kick: make(chan chan struct{})} }

// now is nanoseconds since the start.
func (m *mover) now() int64 { return int64(time.Since(m.start)) + m.ahead.Load() }

const (
	// mostAhead bounds one AdjustClock.
	mostAhead = 24 * time.Hour
	// aheadStep is how far the clock moves at once, so that what is due comes in order. Longer times have longer steps, aheadSteps of them.
	aheadStep  = 100 * time.Millisecond
	aheadSteps = 1000
)

// errGivenClock is that of a dataplane whose clock is the embedding program's.
var errGivenClock = errors.New("gvpp: this dataplane's clock is given: move that")

// AdjustClock sets the dataplane's clock ahead, and returns when what is due by then has been done: sessions and entries age, and
// statistics are counted. It is for tests, and cannot be undone.
func (dp *Dataplane) AdjustClock(ctx context.Context, by time.Duration) error {
	if dp.Deterministic() {
		return errGivenClock
	}
	if by <= 0 || by > mostAhead {
		return fmt.Errorf("gvpp: clock ahead by %v: want more than 0 and at most %v", by, mostAhead)
	}
	for step := max(aheadStep, by/aheadSteps); by > 0; by -= step {
		dp.mover.ahead.Add(int64(min(step, by)))
		dp.graph.Wake()
		if err := dp.keepHouse(ctx); err != nil {
			return err
		}
	}
	return nil
}

// keepHouse has the control goroutine do what is due, where it runs.
func (dp *Dataplane) keepHouse(ctx context.Context) error {
	dp.mu.Lock()
	runs, watch := dp.phase == running, dp.watch
	dp.mu.Unlock()
	if !runs || watch == nil {
		return nil
	}
	done := make(chan struct{})
	select {
	case dp.mover.kick <- done:
		<-done
	case <-watch.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// registerClock declares VPP's commands.
func (b base) registerClock(r *plugin.Registry) {
	r.CLI("set clock adjust", "set clock adjust SECONDS\nSets the dataplane's clock ahead, for tests: what has a time ages at once. It cannot be undone.", b.setClock)
	r.CLI("show clock", "show clock [verbose]\nShows the dataplane's clock, in seconds since it started, and the time of day.", b.showClock)
}

func (b base) setClock(c *cli.Call) error {
	by, err := c.Args.Duration("a time", time.Millisecond, mostAhead)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return b.AdjustClock(c.Context, by)
}

func (b base) showClock(c *cli.Call) error {
	c.Args.Keyword("verbose")
	if err := c.Args.End(); err != nil {
		return err
	}
	seconds, day := time.Duration(b.Clock()).Seconds(), time.Now().UTC()
	return c.Show(map[string]any{"clock": seconds, "time": day}, func(w io.Writer) {
		fmt.Fprintf(w, "Time now %.6f, %s\n", seconds, day.Format("Mon, 2 Jan 2006 15:04:05 GMT"))
	})
}

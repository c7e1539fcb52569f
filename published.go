package gvpp

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/gvpp/gvpp/cli"
)

// recentWaits is how many waits the percentile is taken of. Fewer, and one slow operation is the percentile; more costs memory.
const recentWaits = 1024

// waits is how long operations have waited until what they had published was effective on all workers.
type waits struct {
	mu          sync.Mutex
	count       uint64 // guarded by mu, as all below
	unconfirmed uint64 // given up by the caller before
	last, max   time.Duration
	sum         time.Duration
	recent      [recentWaits]time.Duration // a ring of the newest
}

// Published implements plugin.Dataplane.
func (dp *Dataplane) Published(ctx context.Context) error {
	start := time.Now()
	err := dp.graph.Epochs.Wait(ctx)
	dp.waits.note(time.Since(start), err)
	return err
}

func (s *waits) note(d time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.unconfirmed++
		return
	}
	s.recent[s.count%recentWaits] = d
	s.count++
	s.last, s.max, s.sum = d, max(s.max, d), s.sum+d
}

// PublishedReport is how long operations waited until their change was effective on all workers, in microseconds.
type PublishedReport struct {
	Count       uint64  `json:"count"`
	Last        float64 `json:"last_us"`
	Mean        float64 `json:"mean_us"`
	P99         float64 `json:"p99_us"` // of the last 1024
	Max         float64 `json:"max_us"`
	Unconfirmed uint64  `json:"unconfirmed"` // callers whose patience ended before
}

func (s *waits) report() PublishedReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := PublishedReport{Count: s.count, Last: inUs(s.last), Max: inUs(s.max), Unconfirmed: s.unconfirmed}
	if s.count > 0 {
		r.Mean = inUs(s.sum) / float64(s.count)
		recent := slices.Clone(s.recent[:min(s.count, recentWaits)])
		slices.Sort(recent)
		r.P99 = inUs(recent[(len(recent)*99+99)/100-1])
	}
	return r
}

func inUs(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// BarrierReport is show barrier: what has made workers wait, and how long operations have waited for workers.
type BarrierReport struct {
	Holds     uint64          `json:"holds"` // each for packet memory that became AF_XDP's: the only thing that holds workers
	LongestUs int64           `json:"longest_us"`
	Published PublishedReport `json:"published"`
}

// Barrier reads the figures of show barrier.
func (dp *Dataplane) Barrier() BarrierReport {
	n, longest := dp.graph.Holds()
	return BarrierReport{n, longest.Microseconds(), dp.waits.report()}
}

func (b base) showBarrier(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := b.Barrier()
	return c.Show(r, func(w io.Writer) {
		p := &r.Published
		fmt.Fprintf(w, "workers held %d times, at most %v; what holds them: packet memory that becomes AF_XDP's\n", r.Holds, time.Duration(r.LongestUs)*time.Microsecond)
		fmt.Fprintf(w, "changes effective on all workers: %d; after us: last %.1f, mean %.1f, p99 %.1f, longest %.1f\n", p.Count, p.Last, p.Mean, p.P99, p.Max)
		if p.Unconfirmed > 0 {
			fmt.Fprintf(w, "callers that did not wait for it: %d\n", p.Unconfirmed)
		}
	})
}

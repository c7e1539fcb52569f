package epoch_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

func TestPassed(t *testing.T) {
	d := epoch.New(2)
	if d.Workers() != 2 {
		t.Errorf("%d workers", d.Workers())
	}
	e := d.Advance()
	expect(t, d, e, true, "both workers idle from the start")
	d.Quiesce(0)
	expect(t, d, e, true, "a worker that came after the advance")
	e = d.Advance()
	if e != d.Now() {
		t.Errorf("advance to %d, now %d", e, d.Now())
	}
	expect(t, d, e, false, "worker 0 is in a pass from before")
	d.Quiesce(0)
	expect(t, d, e, true, "worker 0 passed")
	d.Quiesce(1)
	e = d.Advance()
	d.Quiesce(0)
	expect(t, d, e, false, "worker 1 is busy since before")
	d.Idle(1)
	expect(t, d, e, true, "worker 1 idle")
	later := d.Advance()
	expect(t, d, e, true, "an old epoch stays passed")
	expect(t, d, later, false, "worker 0 has not passed the new one")
}

func expect(t *testing.T, d *epoch.Domain, e uint64, want bool, why string) {
	t.Helper()
	if got := d.Passed(e); got != want {
		t.Errorf("Passed(%d) = %v: %s", e, got, why)
	}
}

func TestWait(t *testing.T) {
	d := epoch.New(2)
	if err := d.Wait(context.Background()); err != nil {
		t.Errorf("nobody runs: %v", err)
	}
	d.Quiesce(1)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	waited := make(chan error)
	go func() { waited <- d.Wait(ctx) }()
	for d.Now() != 3 { // Wait has advanced: only worker 1 can end it
		runtime.Gosched()
	}
	cancel(why)
	if err := <-waited; !errors.Is(err, why) {
		t.Errorf("Wait: %v, want the context's cause", err)
	}
	go func() { waited <- d.Wait(context.Background()) }()
	for d.Now() != 4 {
		runtime.Gosched()
	}
	d.Quiesce(1)
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

// What was unpublished before Wait is nobody's after it: it is written without any lock, under the race detector's eyes.
func TestReclaim(t *testing.T) {
	const workers, rounds = 3, 300
	type thing struct{ value, freed int }
	d := epoch.New(workers)
	var published atomic.Pointer[thing]
	published.Store(&thing{})
	var stop atomic.Bool
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			defer d.Idle(w)
			r := rand.New(rand.NewPCG(2, uint64(w)))
			for !stop.Load() {
				if r.IntN(8) == 0 {
					d.Idle(w)
					time.Sleep(time.Duration(r.IntN(20)) * time.Microsecond)
					d.Quiesce(w)
				} else {
					d.Quiesce(w)
				}
				for x, i := published.Load(), 0; i < 20; i++ {
					if x.freed != 0 {
						t.Error("seen after it was freed")
					}
				}
			}
		})
	}
	for i := range rounds {
		old := published.Swap(&thing{value: i})
		if err := d.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		old.freed = 1
	}
	stop.Store(true)
	all.Wait()
}

func TestNoAllocation(t *testing.T) {
	d := epoch.New(1)
	if n := testing.AllocsPerRun(100, func() {
		d.Quiesce(0)
		d.Passed(d.Advance())
		d.Idle(0)
	}); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

func BenchmarkQuiesce(b *testing.B) {
	d := epoch.New(2)
	for b.Loop() {
		d.Quiesce(0)
	}
}

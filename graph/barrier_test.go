package graph_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp/graph"
)

// passing is a graph whose entry writes plain memory of its worker, and packets that keep coming.
func passing(t *testing.T, workers int) (r *rig, touched []int, stop func()) {
	touched = make([]int, workers)
	r = newRig(t, config{workers: workers, queues: []int{workers}, specs: []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			for start := time.Now(); time.Since(start) < 5*time.Microsecond; {
				touched[w.ID()]++
			}
		}, graph.ErrorDrop), dropNode,
	}})
	var done atomic.Bool
	var feeder sync.WaitGroup
	p := packets(0, 8)
	feeder.Go(func() {
		for !done.Load() {
			for q := range workers {
				r.mems[0].Inject(q, p...)
			}
			runtime.Gosched()
		}
	})
	return r, touched, func() { done.Store(true); feeder.Wait() }
}

// Barriers back to back from several goroutines, with the workers running, sleeping, and starting late. What f touches
// is plain memory that the workers write in their passes: the race detector is the judge.
func TestHoldOverlapsNoPass(t *testing.T) {
	const workers, holders, rounds, hasty = 2, 2, 400, 60000
	r, touched, stop := passing(t, workers)
	r.Hold(func() { touched[0]++ }) // nobody runs yet
	r.start()
	inside := 0
	var all sync.WaitGroup
	for range holders {
		all.Go(func() {
			for i := range rounds {
				r.Hold(func() {
					inside++
					for w := range touched {
						touched[w] += 1000
					}
					before := touched[0] + touched[1]
					if i%20 == 0 {
						time.Sleep(20 * time.Microsecond)
					}
					if touched[0]+touched[1] != before {
						t.Error("a pass went on")
					}
				})
				time.Sleep(time.Duration(i%16) * 10 * time.Microsecond) // at any moment of a pass
			}
			for range hasty { // back to back: a worker that leaves one barrier meets the next
				r.Hold(func() { inside++; touched[0]++; touched[1]++ })
				for range 64 { // a moment in which it may see no request
				}
			}
		})
	}
	all.Wait()
	stop()
	n, longest := r.Holds()
	if inside != holders*(rounds+hasty) || n != uint64(inside)+1 || longest <= 0 {
		t.Errorf("%d inside, %d counted, the longest %v", inside, n, longest)
	}
	before := r.figures(graph.Entry).Calls
	r.mems[0].Inject(0, packets(0, 1)...)
	eventually(t, "workers go on after the barrier", func() bool { return r.figures(graph.Entry).Calls > before })
	r.stop()
	r.Hold(func() { touched[1]++ }) // nobody runs any more
}

func TestHoldReleasesAfterPanic(t *testing.T) {
	r, _, stop := passing(t, 1)
	defer stop()
	r.start()
	func() {
		defer func() { _ = recover() }()
		r.Hold(func() { panic("of the holder") })
	}()
	before := r.figures(graph.Entry).Calls
	eventually(t, "workers go on", func() bool { return r.figures(graph.Entry).Calls > before })
	r.Hold(func() {})
}

// A worker that is asleep does not delay the holder.
func TestHoldOfSleepers(t *testing.T) {
	r := newRig(t, config{workers: 2, specs: []graph.Spec{entry(graph.ErrorDrop), dropNode}})
	r.start()
	time.Sleep(20 * time.Millisecond) // most likely asleep; the test holds either way
	start := time.Now()
	for range 100 {
		r.Hold(func() {})
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("100 holds took %v", d)
	}
}

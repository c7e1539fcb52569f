package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// coresScenario is the graph with several workers at once.
var coresScenario = measure.Scenario{
	Name:   "cores",
	About:  "whole graph in memory with 1, 2, … workers, each with 100,000 known sessions of its own; none hands packets over",
	Groups: coreGroups,
}

// How many flows each worker has.
const (
	coreFlows      = 100_000
	shortCoreFlows = 1000
)

func coreGroups(o measure.Options) (list []measure.Group) {
	most := 2 // a machine with one core says why there are no two
	for most*2 <= runtime.NumCPU() {
		most *= 2
	}
	for _, stateful := range []bool{false, true} {
		for n := 1; n <= most; n *= 2 {
			path := map[bool]string{false: "forward", true: "stateful"}[stateful]
			list = append(list, measure.Group{Params: fmt.Sprintf("cores=%d path=%s", n, path), Open: func() ([]measure.Subject, error) {
				if n > runtime.NumCPU() {
					return []measure.Subject{{Name: "gvpp", Skip: fmt.Sprintf("this process may use %d core; let it use %d (taskset, cgroup), or run it on a machine that has them", runtime.NumCPU(), n)}}, nil
				}
				flows := coreFlows
				if o.Short {
					flows = shortCoreFlows
				}
				s, err := openCores(n, flows, stateful, timeOfRound(o))
				return []measure.Subject{s}, err
			}})
		}
	}
	return list
}

func openCores(n, flows int, stateful bool, long time.Duration) (measure.Subject, error) {
	c := memoryConfig{workers: n, sessions: roomFor(n * flows)}
	if stateful {
		c.lines = statefulLines
	}
	r, err := newMemoryRig(c)
	if err != nil {
		return measure.Subject{}, err
	}
	loads := make([]traffic, n)
	for i := range n {
		known := newKnownFlows(flows, i)
		for k := range known.order {
			known.order[k] += uint32(i * flows)
		}
		if stateful {
			r.sendOn(i, len(known.order), known, nil)
			r.sendOn(i, len(known.order), nil, known.answers())
		}
		loads[i] = known
	}
	for i, t := range loads {
		r.load("a", i, t, 256)
	}
	return measure.Subject{Name: "gvpp", Close: r.dp.Close, Round: func() ([]measure.Sample, error) { return r.coresRound(n, long) }}, nil
}

// coresRound lets all workers run at once, each on a thread of its own, for the same span of time. The rate is what their
// nodes reach together, each on a core that it has to itself.
func (r *memoryRig) coresRound(workers int, long time.Duration) ([]measure.Sample, error) {
	spans, errs := make([]spent, workers), make([]error, workers)
	var ready, done sync.WaitGroup
	ready.Add(workers)
	for i := range workers {
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			ready.Wait()
			spans[i], errs[i] = r.runWorker(i, long)
		})
	}
	done.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	cost, rate := 0.0, 0.0
	for _, s := range spans {
		ns := s.sum / s.packets / s.clocksPerNs
		cost += ns / float64(workers)
		rate += 1e3 / ns
	}
	return []measure.Sample{{Metric: "sum of nodes", Unit: "ns/packet", Value: cost}, {Metric: "rate", Unit: "Mpps", Value: rate}}, nil
}

// runWorker runs a worker on the calling thread.
func (r *memoryRig) runWorker(worker int, long time.Duration) (spent, error) {
	w := r.dp.Graph().Workers[worker]
	before := r.read(worker, true)
	for end := before.wall.Add(2 * long); time.Now().Before(end); {
		for range stepsPerLook {
			w.Step()
		}
	}
	return r.read(worker, false).since(before)
}

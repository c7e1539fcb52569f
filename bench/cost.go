package main

import (
	"errors"
	"fmt"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// How much processor time a subject gets in a round, and how many passes go by between two looks at the clock.
const (
	roundTime      = 120 * time.Millisecond
	shortRoundTime = 10 * time.Millisecond
	stepsPerLook   = 4
)

func timeOfRound(o measure.Options) time.Duration {
	if o.Short {
		return shortRoundTime
	}
	return roundTime
}

// cpuTime is the processor time of the calling thread.
func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// reading is the clocks and what the nodes of a worker have done, at a moment.
type reading struct {
	figures
	heap [1]metrics.Sample
}

// read takes a reading of a worker. It is called on the worker's thread, before and after; the one before allocates
// before it counts, the one after counts before it allocates.
func (r *memoryRig) read(worker int, before bool) *reading {
	m := &reading{heap: [1]metrics.Sample{{Name: "/gc/heap/allocs:objects"}}}
	if before {
		m.figures = r.nodes(worker)
		metrics.Read(m.heap[:])
	}
	m.wall, m.cpu, m.tsc = time.Now(), cpuTime(), cycles.Now()
	if !before {
		metrics.Read(m.heap[:])
		wall, cpu, tsc := m.wall, m.cpu, m.tsc
		m.figures = r.nodes(worker)
		m.wall, m.cpu, m.tsc = wall, cpu, tsc
	}
	return m
}

// spent is what went by between two readings of a worker.
type spent struct {
	packets, calls float64
	sum, stateful  float64 // clocks the worker really had
	clocksPerNs    float64
	objects        float64 // allocated on the heap, by anybody
}

// since is the difference.
func (m *reading) since(b *reading) (spent, error) {
	return m.spent(b, m.heap[0].Value.Uint64()-b.heap[0].Value.Uint64())
}

// spent is since with the objects that were allocated. Nodes' clocks go on counting while the thread is off its core; what was
// lost is spread over all that ran, so the share of the time that the thread had is the share of the clocks that were its own.
func (m *reading) spent(b *reading, objects uint64) (s spent, err error) {
	wall, cpu := m.wall.Sub(b.wall), m.cpu-b.cpu
	if m.packets == b.packets {
		return s, errors.New("no packet went through the graph")
	}
	if wall <= 0 || cpu <= 0 {
		return s, fmt.Errorf("the thread had %v of processor time in %v: was it the same thread before and after?", cpu, wall)
	}
	share := min(1, float64(cpu)/float64(wall))
	return spent{
		packets: float64(m.packets - b.packets), calls: float64(m.calls - b.calls),
		sum: share * float64(m.sum-b.sum), stateful: share * float64(m.stateful-b.stateful),
		clocksPerNs: float64(m.tsc-b.tsc) / float64(wall),
		objects:     float64(objects),
	}, nil
}

// samples are what is told of a graph.
func (s *spent) samples(stateful bool) []measure.Sample {
	sum := s.sum / s.packets
	out := []measure.Sample{
		{Metric: "sum of nodes", Unit: "ns/packet", Value: sum / s.clocksPerNs},
		{Metric: "sum of nodes", Unit: "clocks/packet", Value: sum},
	}
	if stateful {
		part := s.stateful / s.packets
		out = append(out, measure.Sample{Metric: "classify+flowtrack", Unit: "ns/packet", Value: part / s.clocksPerNs},
			measure.Sample{Metric: "classify+flowtrack", Unit: "clocks/packet", Value: part})
	}
	return append(out, measure.Sample{Metric: "vector", Unit: "packets/vector", Value: s.packets / s.calls},
		measure.Sample{Metric: "allocations", Unit: "objects/packet", Value: s.objects / s.packets})
}

// round lets the graph run for a while on the calling thread. between, if not nil, runs after every few vectors: what the
// control goroutine would do meanwhile. It is in no figure.
func (r *memoryRig) round(long time.Duration, between func()) (spent, error) {
	before := r.read(0, true)
	for end := before.cpu + long; cpuTime() < end; {
		for range stepsPerLook {
			r.dp.Step()
		}
		if between != nil {
			between()
		}
	}
	return r.read(0, false).since(before)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// stallRig is a dataplane whose worker runs on the last core, under traffic that does not end, and a control goroutine
// that can be told to rest.
type stallRig struct {
	dp      *gvpp.Dataplane
	tracker *flowtrack.Plugin
	a, b    *stallSource
	worker  *thread
	failed  error         // of the worker, once it has ended
	resting atomic.Bool   // the control goroutine does nothing
	quit    chan struct{} // ends it
	ended   chan struct{}
}

// housekeepEvery is how long the control goroutine sleeps while work has more to do, as in Run. While none has, what is not due
// costs next to nothing.
const housekeepEvery = time.Millisecond

// newStallRig fills the table with flows sessions, by hand, and starts worker and control.
func newStallRig(flows, room int, lines ...string) (*stallRig, error) {
	r := &stallRig{tracker: flowtrack.New(), a: newStallSource("a"), b: newStallSource("b"), quit: make(chan struct{}), ended: make(chan struct{})}
	r.tracker.Sessions = room
	c := gvpp.Config{Interfaces: []gvpp.Interface{r.a, r.b}, Plugins: []plugin.Plugin{r.tracker, classify.New(r.tracker)}, Log: slog.New(slog.DiscardHandler)}
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err == nil && cores.Count() > 1 {
		for core := range len(cores) * 64 {
			if cores.IsSet(core) {
				c.Cores = []int{core}
			}
		}
	}
	var err error
	if r.dp, err = gvpp.New(c); err != nil {
		return nil, err
	}
	err = r.dp.CrossConnect(context.Background(), "a", "b")
	for _, l := range append([]string{"classify default a pass", "flowtrack timeout udp 300"}, lines...) {
		err = errors.Join(err, r.cli(l))
	}
	if err != nil {
		return nil, errors.Join(err, r.dp.Close())
	}
	r.fill(flows)
	r.worker = newThread(func() { r.failed = r.dp.Graph().Workers[0].Run() })
	go r.control()
	return r, nil
}

// cli runs a command.
func (r *stallRig) cli(line string) error {
	if err := r.dp.CLI().Run(context.Background(), line, false, discard{}); err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	return nil
}

// fill steps by hand until each flow has been seen.
func (r *stallRig) fill(flows int) {
	r.a.flows.Store(uint32(flows))
	for r.a.fill < uint32(flows) {
		for range 16 {
			r.dp.Step()
		}
		r.dp.Housekeep()
	}
}

// control is Run's control goroutine.
func (r *stallRig) control() {
	defer close(r.ended)
	for {
		select {
		case <-r.quit:
			return
		case <-time.After(housekeepEvery):
			if !r.resting.Load() {
				r.dp.Housekeep()
			}
		}
	}
}

func (r *stallRig) close() error {
	close(r.quit)
	<-r.ended
	r.dp.Graph().Workers[0].Stop()
	r.worker.wait()
	err := errors.Join(r.failed, r.dp.Close())
	r.dp, r.tracker = nil, nil
	debug.FreeOSMemory()
	return err
}

// stallWindow is what was there when a measurement began.
type stallWindow struct {
	start     time.Time
	packets   uint64
	created   uint32
	cpu       time.Duration // of the process
	workerCPU int64
	faults    uint64 // the worker's
	holds     uint64
	gc        debug.GCStats
	swept     flowtrack.Swept
}

// collectorPercent is GOGC as cmd/gvpp sets it where the environment does not: its heap is small.
const collectorPercent = 400

// likeProduct lets the collector work as it does in gvpp, until the function that it returns is called.
func likeProduct() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(collectorPercent)
	return func() { debug.SetGCPercent(before) }
}

// during measures while work goes on.
func (r *stallRig) during(work func() error) ([]measure.Sample, error) {
	defer likeProduct()()
	runtime.GC() // what was garbage before is not this window's
	time.Sleep(100 * time.Millisecond)
	var w stallWindow
	debug.ReadGCStats(&w.gc)
	w.start, w.packets, w.created, w.swept = time.Now(), r.packets(), r.a.fresh.Load(), r.tracker.Swept()
	w.cpu, w.workerCPU, w.faults = processCPU(), r.worker.cpu(), r.worker.faults()
	w.holds, _ = r.dp.Graph().Holds()
	done := make(chan error, 1)
	go func() { done <- work() }()
	g, err := r.gaps(done)
	return r.samples(&w, g), err
}

// samples is what has happened in a window.
func (r *stallRig) samples(w *stallWindow, g graph.Gaps) []measure.Sample {
	seconds := time.Since(w.start).Seconds()
	workerCPU := time.Duration(r.worker.cpu() - w.workerCPU)
	control := processCPU() - w.cpu - workerCPU
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	cycles, longest := int(gc.NumGC-w.gc.NumGC), time.Duration(0)
	for _, p := range gc.Pause[:min(cycles, len(gc.Pause))] {
		longest = max(longest, p)
	}
	swept := r.tracker.Swept()
	return []measure.Sample{
		{Metric: "worst gap", Unit: "us", Value: g.Worst},
		{Metric: "gap p99.9", Unit: "us", Value: g.P999},
		{Metric: "gap p50", Unit: "us", Value: g.P50},
		{Metric: "gaps over 100 us", Unit: "per million", Value: float64(g.Over) / max(float64(g.Passes), 1) * 1e6},
		{Metric: "workers stopped", Unit: "us", Value: r.stopped(w)},
		{Metric: "work took", Unit: "s", Value: seconds},
		{Metric: "worker's core taken away", Unit: "times", Value: float64(g.Preemptions)},
		{Metric: "worker waited for its core", Unit: "ms", Value: g.WaitedMs},
		{Metric: "worker's page faults", Unit: "/s", Value: float64(r.worker.faults()-w.faults) / seconds},
		{Metric: "packets", Unit: "Mpps", Value: float64(r.packets()-w.packets) / seconds / 1e6},
		{Metric: "new sessions", Unit: "M/s", Value: float64(r.a.fresh.Load()-w.created) / seconds / 1e6},
		{Metric: "sessions removed", Unit: "M/s", Value: float64(swept.Removed-w.swept.Removed) / seconds / 1e6},
		{Metric: "removed later than due", Unit: "ms", Value: float64(swept.LatestMs)},
		{Metric: "control's CPU", Unit: "% of a core", Value: 100 * control.Seconds() / seconds},
		{Metric: "collections", Unit: "times", Value: float64(cycles)},
		{Metric: "longest collector's pause", Unit: "us", Value: float64(longest) / 1e3},
	}
}

// stopped is for how many microseconds the barrier held the worker in the window, as if each hold had been as long as the
// longest.
func (r *stallRig) stopped(w *stallWindow) float64 {
	holds, longest := r.dp.Graph().Holds()
	return float64(holds-w.holds) * float64(longest) / 1e3
}

func (r *stallRig) packets() uint64 { return r.dp.Graph().Figures()[0].Nodes[0].Vectors }

// What keeps other programs, and our own control threads, off the worker's core while gaps are counted: for aloneFor the
// worker is scheduled before all ordinary threads, then for shareFor like any. Longer, and the kernel takes the core for
// 50 ms, so that the others get their share.
const (
	aloneFor = 800 * time.Millisecond
	shareFor = 250 * time.Millisecond
)

// lostCore is from how many milliseconds of waiting in a window on the kernel has given the worker's core to others, for want of
// another one: what such a round says is about this machine.
const lostCore = 40

// gaps counts gaps until done; the percentiles are the worst window's.
func (r *stallRig) gaps(done <-chan error) (sum graph.Gaps, err error) {
	lost := 0.0
	for ended := false; !ended; {
		r.worker.schedule(unix.SCHED_FIFO, 1)
		time.Sleep(time.Millisecond)
		r.dp.Graph().ClearGaps()
		select {
		case err = <-done:
			ended = true
		case <-time.After(aloneFor):
		}
		g := r.dp.Graph().Gaps()[0]
		r.worker.schedule(unix.SCHED_NORMAL, 0)
		sum.Passes, sum.Over = sum.Passes+g.Passes, sum.Over+g.Over
		sum.P50, sum.P999, sum.Worst = max(sum.P50, g.P50), max(sum.P999, g.P999), max(sum.Worst, g.Worst)
		sum.Preemptions, sum.WaitedMs = sum.Preemptions+g.Preemptions, sum.WaitedMs+g.WaitedMs
		lost = max(lost, g.WaitedMs)
		if !ended {
			time.Sleep(shareFor)
		}
	}
	if err == nil && lost >= lostCore {
		err = fmt.Errorf("%w: others had the worker's core for %.0f ms", measure.ErrUnfit, lost)
	}
	return sum, err
}

// schedule sets the thread's policy, where we may.
func (t *thread) schedule(policy, priority uint32) {
	_ = unix.SchedSetAttr(t.tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Priority: priority}, 0)
}

// faults is how many page faults the thread has had.
func (t *thread) faults() uint64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", t.tid))
	_, rest, _ := bytes.Cut(b, []byte(") ")) // behind the name
	if f := bytes.Fields(rest); len(f) > 7 {
		n, _ := strconv.ParseUint(string(f[7]), 10, 64)
		return n
	}
	return 0
}

// processCPU is the CPU time of all threads.
func processCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // cannot fail with these arguments
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package graph_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// blind is a port without a descriptor.
type blind struct{ port.Port }

func (blind) FD() int { return -1 }

// Without packets workers sleep: less than 1 % of a core where ports can be waited for, a few where they have to be
// looked at each millisecond. The ceilings are ten times as wide.
func TestIdleCostsNothing(t *testing.T) {
	const span = 700 * time.Millisecond
	for _, c := range []struct {
		name    string
		blind   bool
		percent float64
	}{{"descriptors", false, 10}, {"looking", true, 60}} {
		r := crossing(t, config{workers: 2, queues: []int{2, 2}})
		if c.blind {
			for i, p := range r.list[0].Ports {
				r.list[0].Ports[i] = blind{p}
			}
			r.SetPorts(r.list)
		}
		r.start()
		time.Sleep(20 * time.Millisecond)
		before, start := cpuTime(t), time.Now()
		time.Sleep(span)
		used := 100 * (cpuTime(t) - before).Seconds() / time.Since(start).Seconds()
		t.Logf("%s: two idle workers use %.2f %% of a core, %d passes", c.name, used, r.Figures()[0].Passes)
		if used > c.percent {
			t.Errorf("%s: two idle workers use %.1f %% of a core", c.name, used)
		}
		r.mems[0].Inject(0, packets(0, 1)...)
		eventually(t, "a sleeper wakes", func() bool { return len(r.mems[1].Sent()) == 1 })
		r.close()
	}
}

// A worker can be stopped while it sleeps and run again.
func TestStopAndRunAgain(t *testing.T) {
	r := crossing(t, config{})
	for i := range 3 {
		r.start()
		r.mems[0].Inject(0, packets(i, 1)...)
		eventually(t, "the packet leaves", func() bool { return len(r.mems[1].Sent()) == 1 })
		r.stop()
	}
}

func TestPinning(t *testing.T) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	core := 0
	for !allowed.IsSet(core) {
		core++
	}
	var in unix.CPUSet
	r := newRig(t, config{cores: []int{core}, specs: []graph.Spec{
		node(graph.Entry, func(*graph.Worker, *graph.Frame) { _ = unix.SchedGetaffinity(0, &in) }, graph.ErrorDrop), dropNode,
	}})
	r.mems[0].Inject(0, packets(0, 1)...)
	done := make(chan error)
	go func() { done <- r.Workers[0].Run() }()
	eventually(t, "the packet is seen", func() bool { return r.figures(graph.ErrorDrop).Vectors == 1 })
	r.Workers[0].Stop()
	if err := <-done; err != nil || in.Count() != 1 || !in.IsSet(core) {
		t.Errorf("%v: ran on %d cores", err, in.Count())
	}
	bad := newRig(t, config{cores: []int{1023}, specs: []graph.Spec{entry(graph.ErrorDrop), dropNode}})
	if err := bad.Workers[0].Run(); err == nil {
		t.Error("pinned to a core that is not there")
	}
}

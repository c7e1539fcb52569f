package graph_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/graph"
)

// Interface 1 has a queue on each of two workers, interface 2 has one only, which worker 0 owns: what worker 1 receives
// leaves through worker 0.
func handing(t *testing.T) *rig { return crossing(t, config{workers: 2, queues: []int{2, 1}}) }

func TestHandoffByHand(t *testing.T) {
	r := handing(t)
	owner, other := r.Workers[0], r.Workers[1]
	r.mems[0].Inject(1, packets(0, 100)...)
	owner.Step()
	other.Step()
	if n := len(r.mems[1].Sent()); n != 0 {
		t.Errorf("%d packets left by a port that is another worker's", n)
	}
	if !owner.Step() || owner.Step() {
		t.Error("the owner found no work, or too much")
	}
	sent := r.mems[1].Sent()
	if len(sent) != 100 {
		t.Fatalf("%d packets sent", len(sent))
	}
	for i, p := range sent {
		if number(p) != i {
			t.Fatalf("packet %d at place %d", number(p), i)
		}
	}
	if got := r.IfTotals(2); got.TxPackets != 100 || got.TxDrops != 0 {
		t.Errorf("%+v", got)
	}
}

// The ring is full at handoffSize packets; what is too much is the sender's to drop and count.
func TestHandoffRingFull(t *testing.T) {
	const handoffSize, more = 4096, 500
	r := handing(t)
	for n := 0; n < handoffSize+more; n += more {
		r.mems[0].Inject(1, packets(n, min(more, handoffSize+more-n))...)
		for r.Workers[1].Step() {
		}
	}
	if n := r.count("out", "full"); n != more {
		t.Errorf("%d counted as too many", n)
	}
	r.drain()
	if n := len(r.mems[1].Sent()); n != handoffSize {
		t.Errorf("%d sent", n)
	}
}

// What is still in a ring at the end is freed: the rig looks for leaks. What arrives for an interface that has gone
// down meanwhile is dropped by the owner and counted.
func TestHandoffLeftovers(t *testing.T) {
	r := handing(t)
	r.mems[0].Inject(1, packets(0, 20)...)
	r.Workers[1].Step()
	r.list[1].Up = false
	r.SetPorts(r.list)
	r.Workers[0].Step()
	if got := r.IfTotals(2); got.TxDrops != 20 {
		t.Errorf("%+v", got)
	}
	r.SetPorts(r.list[:1])
	r.list[1].Up = true
	r.SetPorts(r.list)
	r.mems[0].Inject(1, packets(0, 20)...)
	r.Workers[1].Step()
}

// The owner sleeps; the packet must not wait for its sleep to end by itself (half a second).
func TestHandoffWakesTheOwner(t *testing.T) {
	r := handing(t)
	r.start()
	slow := 0
	for i := range 40 {
		time.Sleep(2 * time.Millisecond) // most likely all asleep
		start := time.Now()
		r.mems[0].Inject(1, packets(i, 1)...)
		eventually(t, "the packet leaves", func() bool { return len(r.mems[1].Sent()) == 1 })
		if time.Since(start) > 300*time.Millisecond {
			slow++
		}
	}
	if slow > 10 {
		t.Errorf("%d of 40 packets waited for a sleeper", slow)
	}
}

func TestHandoffUnderLoad(t *testing.T) {
	r := handing(t)
	r.start()
	const n = 20000
	injected, sent := 0, 0
	for injected < n {
		injected += r.mems[0].Inject(1, packets(injected, 50)...)
		sent += len(r.mems[1].Sent())
	}
	eventually(t, "all packets come to an end", func() bool {
		sent += len(r.mems[1].Sent())
		return uint64(sent)+r.count("out", "full")+r.IfTotals(2).TxDrops == uint64(injected)
	})
	if got := r.IfTotals(1).RxPackets; got != uint64(injected) {
		t.Errorf("%d received of %d", got, injected)
	}
	if f := r.figures(graph.Entry); f.Vectors != uint64(injected) {
		t.Errorf("%d went through the entry", f.Vectors)
	}
}

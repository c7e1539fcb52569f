package graph_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/graph"
)

// TestGaps: a pass that takes long is a gap, a worker's sleep is none, nor is the time between steps by hand.
func TestGaps(t *testing.T) {
	const long, idle = 30 * time.Millisecond, 600 * time.Millisecond
	slow := false
	r := newRig(t, config{specs: []graph.Spec{node(graph.Entry, func(*graph.Worker, *graph.Frame) {
		if slow {
			time.Sleep(long)
		}
	}, graph.ErrorDrop), dropNode}})
	seen := func() bool { return r.figures(graph.ErrorDrop).Vectors > 0 }

	r.mems[0].Inject(0, packets(0, 1)...)
	r.Workers[0].Step()
	time.Sleep(2 * time.Millisecond)
	r.Workers[0].Step()
	if g := r.Gaps()[0]; g != (graph.Gaps{}) {
		t.Errorf("stepped by hand: %+v", g)
	}
	r.start()
	eventually(t, "the packet is seen", seen)
	time.Sleep(idle)
	if g := r.Gaps()[0]; g.Worst > float64(idle.Microseconds()) || g.Passes == 0 {
		t.Errorf("asleep: %+v", g)
	}
	r.stop()
	slow = true
	r.start()
	r.mems[0].Inject(0, packets(0, 1)...)
	eventually(t, "a long gap", func() bool { return r.Gaps()[0].Worst >= float64(long.Microseconds()) })
	r.ClearGaps()
	if g := r.Gaps()[0]; g.Worst >= float64(long.Microseconds()) {
		t.Errorf("cleared: %+v", g)
	}
}

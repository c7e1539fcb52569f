package graph_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/graph"
)

// What watched nodes do wrong is told, and does no harm to other packets. Package gvpptest tests the rest.
func TestCheckTellsOfFaults(t *testing.T) {
	var faults []graph.Fault
	var around []string
	wrong := node("wrong", func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		w.Count(0, len(bufs))
		w.Count(1, 7)
		nexts[0] = 2
	}, "sink", graph.ErrorDrop)
	wrong.Counters = graph.Counters{"seen"}
	r := newRig(t, config{
		check: &graph.Check{
			Fault:  func(f graph.Fault) { faults = append(faults, f) },
			Around: func(node string, n int, run func()) { around = append(around, node); run() },
		},
		specs: []graph.Spec{entry("wrong"), wrong, dropNode, node("sink", func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			w.Count(0, len(bufs))
			w.Free(bufs)
		})},
	})
	r.mems[0].Inject(0, packets(0, 3)...)
	r.drain()
	if seen, strayed := r.count("wrong", "seen"), r.count("wrong", strays); seen != 3 || strayed != 0 {
		t.Errorf("%d seen, %d strays", seen, strayed)
	}
	want := []string{"counts 7 with counter 1", "gives a packet next 2", "counts 2 with counter 0"}
	for i, f := range faults {
		if i >= len(want) || !strings.Contains(f.What, want[i]) {
			t.Errorf("fault %d: %+v", i, f)
		}
	}
	if len(faults) != len(want) || len(faults[1].Packets) != 1 || number(faults[1].Packets[0]) != 0 {
		t.Fatalf("%d faults: %+v", len(faults), faults)
	}
	if got := strings.Join(around, " "); got != graph.Entry+" wrong sink" {
		t.Errorf("around %s", got)
	}
}

// A node with several counters must say which is the reason of a drop. What earlier nodes have left is no reason, and stays where the
// node sends packets on.
func TestCheckAsksForReasons(t *testing.T) {
	var faults []graph.Fault
	var left []uint8
	early := node("early", func(w *graph.Worker, f *graph.Frame) {
		bufs, _ := f.Vector()
		for _, b := range bufs {
			w.Meta(b).Reason = 2
		}
	}, "drops")
	drops := node("drops", func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			if number(w.Bytes(b)) < 2 {
				nexts[i] = 1
			}
			if number(w.Bytes(b)) == 1 {
				w.Meta(b).Reason = 1
			}
		}
	}, "sink", graph.ErrorDrop)
	drops.Counters = graph.Counters{"a", "b"}
	r := newRig(t, config{
		check: &graph.Check{Fault: func(f graph.Fault) { faults = append(faults, f) }},
		specs: []graph.Spec{entry("early"), early, drops, dropNode, node("sink", func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			for _, b := range bufs {
				left = append(left, w.Meta(b).Reason)
			}
			w.Free(bufs)
		})},
	})
	for range 2 { // told once
		r.mems[0].Inject(0, packets(0, 4)...)
		r.drain()
	}
	if len(faults) != 1 || faults[0].Node != "drops" || faults[0].N != 1 || number(faults[0].Packets[0]) != 0 || !strings.Contains(faults[0].What, "without saying why") {
		t.Errorf("%+v", faults)
	}
	if string(left) != "\x02\x02\x02\x02" {
		t.Errorf("reasons behind the node: %v", left)
	}
}

// Buffers that are lost are told of when the graph is closed, and those that a node frees at its Close are not.
func TestCheckTellsOfLeaks(t *testing.T) {
	var faults []graph.Fault
	h := &holder{wait: true}
	h.process = func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			if number(w.Bytes(b)) < 3 {
				h.keep(b)
			}
			nexts[i] = 0
		}
	}
	r := newRig(t, config{
		check: &graph.Check{Fault: func(f graph.Fault) { faults = append(faults, f) }},
		specs: []graph.Spec{{Name: graph.Entry, Nexts: graph.Nexts{graph.Hold}, New: func(*graph.Worker) graph.Processor { return h }}, dropNode},
	})
	r.mems[0].Inject(0, packets(0, 5)...)
	r.drain()
	r.closed = true
	r.Graph.Close()
	if len(faults) != 1 || faults[0].Node != graph.Entry || faults[0].N != 2 || !strings.Contains(faults[0].What, "leaks 2 buffers: it kept packets") {
		t.Errorf("%+v", faults)
	}
	if n := r.pool.InUse(); n != 2 {
		t.Errorf("%d in use", n)
	}
	for _, m := range r.mems {
		_ = m.Close()
	}
	_ = r.pool.Close()
}

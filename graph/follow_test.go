package graph_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// A capture without rx knows the way of its packets, too.
func TestCaptureOfEndsKnowsTheWay(t *testing.T) {
	for _, c := range []struct {
		config graph.CaptureConfig
		want   string
	}{
		{graph.CaptureConfig{Tx: true}, "tx 2: 0, ethernet-input a out, sent"},
		{graph.CaptureConfig{Drop: true}, "drop 1: 1, ethernet-input error-drop, dropped by ethernet-input"},
	} {
		r := capturing(t, config{})
		n := r.capture(c.config)
		r.mems[0].Inject(0, packets(0, 2)...)
		r.drain()
		if got := strings.Join(r.recorded(n), "; "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Slots of packets that a port does not take are used again.
func TestCaptureOfAFullPort(t *testing.T) {
	r := capturing(t, config{})
	full := &stingy{}
	r.list[1].Ports = []port.Port{full}
	r.SetPorts(r.list)
	c := r.capture(graph.CaptureConfig{Tx: true, Slots: 4, Max: 8})
	for range 10 {
		r.mems[0].Inject(0, packets(0, 2)...)
		r.drain()
	}
	full.room = 4
	for i := range 4 {
		r.mems[0].Inject(0, packets(2*i, 1)...)
	}
	r.drain()
	if got := r.recorded(c); len(got) != 4 || c.Missed() != 0 || c.Recorded() != 4 {
		t.Errorf("%q, %d missed, %d recorded", got, c.Missed(), c.Recorded())
	}
}

// A trace that comes and goes leaves a capture's packets alone, also those that a node keeps meanwhile.
func TestTraceBesideACapture(t *testing.T) {
	h := &holder{}
	h.process = func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			nexts[i] = 1
			if h.wait {
				h.keep(b)
				nexts[i] = 0
			}
		}
	}
	hold := graph.Spec{Name: graph.Entry, Nexts: graph.Nexts{graph.Hold, graph.ErrorDrop}, New: func(*graph.Worker) graph.Processor { return h }}
	r := newRig(t, config{specs: []graph.Spec{hold, dropNode}})
	c := r.capture(graph.CaptureConfig{Rx: true})
	h.wait = true
	r.mems[0].Inject(0, packets(7, 2)...)
	for range 3 {
		r.Workers[0].Step()
	}
	for range 2 {
		if err := r.TraceAdd(graph.Entry, 5); err != nil {
			t.Fatal(err)
		}
		r.Workers[0].Step()
		r.TraceClear()
		r.Workers[0].Step()
	}
	h.wait = false
	r.drain()
	got := r.recorded(c)
	if len(got) != 2 || !strings.HasSuffix(got[0], "error-drop, dropped by ethernet-input") || !strings.HasPrefix(got[0], "rx 1: 7,") {
		t.Errorf("%q", got)
	}
}

// As much of a long way is kept as there is room for, and nothing else.
func TestPathIsCut(t *testing.T) {
	for _, rounds := range []int{31, 32, 33, 300} {
		left := 0
		again := node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			if left--; left > 0 {
				to(1)(w, f)
			}
		}, graph.ErrorDrop, graph.Entry)
		r := newRig(t, config{specs: []graph.Spec{again, dropNode}})
		c := r.capture(graph.CaptureConfig{Rx: true})
		left = rounds
		r.mems[0].Inject(0, packets(0, 1)...)
		r.drain()
		drop, _ := r.Plan.NodeID(graph.ErrorDrop)
		c.Take(func(p *graph.Captured) {
			want := slices.Repeat([]uint16{1 - drop}, rounds)
			want = append(want, drop)
			if !slices.Equal(p.Path(), want[:min(len(want), 32)]) || p.Hops != min(rounds+1, 255) {
				t.Errorf("%d rounds: %d hops, path %v", rounds, p.Hops, p.Path())
			}
		})
	}
}

// nagging is a node that wants to be asked again soon, while it wants to.
type nagging struct {
	process
	soon chan bool
	want bool
}

func (n *nagging) Poll(w *graph.Worker, _ []buffer.Index) int {
	select {
	case n.want = <-n.soon:
	default:
	}
	if n.want {
		w.Soon()
	}
	return 0
}

// A worker comes round each millisecond as long as a node wants that, and sleeps when none does any more.
func TestSoonEnds(t *testing.T) {
	n := &nagging{process: to(0), soon: make(chan bool, 1)}
	entry := graph.Spec{Name: graph.Entry, Nexts: graph.Nexts{graph.ErrorDrop}, New: func(*graph.Worker) graph.Processor { return n }}
	r := newRig(t, config{specs: []graph.Spec{entry, dropNode}})
	r.start()
	passes := func() uint64 { return r.Figures()[0].Passes }
	n.soon <- true
	r.Wake()
	before := passes()
	eventually(t, "passes while a node wants them", func() bool { return passes() > before+100 })
	n.soon <- false
	eventually(t, "the node's being asked", func() bool { return len(n.soon) == 0 })
	r.Wake()
	time.Sleep(50 * time.Millisecond)
	before, start := passes(), time.Now()
	time.Sleep(300 * time.Millisecond)
	if n, most := passes()-before, uint64(time.Since(start)/(100*time.Millisecond))*10; n > most {
		t.Errorf("%d passes in %v, want at most %d", n, time.Since(start), most)
	}
}

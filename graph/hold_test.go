package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// holder is a node that holds packets and gives them back in the next passes, in the order that it is told.
type holder struct {
	process
	order func(bufs []buffer.Index) // nil: as they came
	given func(n int)               // may be nil
	held  []buffer.Index
	wait  bool // give nothing back
}

func (h *holder) keep(b buffer.Index) { h.held = append(h.held, b) }

func (h *holder) Poll(_ *graph.Worker, room []buffer.Index) int {
	if h.wait {
		return 0
	}
	n := copy(room, h.held)
	h.held = h.held[:copy(h.held, h.held[n:])]
	if h.order != nil {
		h.order(room[:n])
	}
	if h.given != nil {
		h.given(n)
	}
	return n
}

func (h *holder) Close(w *graph.Worker) { w.Free(h.held) }

// holding is a graph whose node "keep", on an arc, holds each packet once; "seen" tells who came to the end.
func holding(t *testing.T, h *holder, c config) (r *rig, seen *[]int) {
	seen = new([]int)
	h.process = func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			if m := w.Meta(b); m.User == 0 {
				m.User, nexts[i] = 1, 1
				h.keep(b)
			}
		}
	}
	keep := graph.Spec{Name: "keep", Nexts: graph.Nexts{graph.Continue, graph.Hold}, Arc: graph.Arc{Name: "arc"},
		New: func(*graph.Worker) graph.Processor { return h }}
	c.arcs = []graph.ArcSpec{{Name: "arc", End: "end"}}
	c.specs = []graph.Spec{node(graph.Entry, to(0), graph.ArcStart("arc")), keep, dropNode,
		node("end", func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			for _, b := range bufs {
				*seen = append(*seen, number(w.Bytes(b)))
			}
			w.Free(bufs)
		})}
	r = newRig(t, c)
	for swIf := range uint32(3) {
		if err := r.SetFeature("arc", "keep", swIf, true); err != nil {
			t.Fatal(err)
		}
	}
	return r, seen
}

// What a node has held continues its arc in the next pass, in the node's order.
func TestHeldPacketsComeBack(t *testing.T) {
	h := &holder{order: slices.Reverse[[]buffer.Index]}
	r, seen := holding(t, h, config{})
	r.mems[0].Inject(0, packets(0, 3)...)
	if !r.Workers[0].Step() || len(*seen) != 0 || r.pool.InUse() != 3 {
		t.Errorf("after the first pass %v came to the end, %d buffers in use", *seen, r.pool.InUse())
	}
	r.mems[1].Inject(0, packets(3, 1)...)
	if !r.Workers[0].Step() || !slices.Equal(*seen, []int{2, 1, 0}) {
		t.Errorf("came to the end: %v", *seen)
	}
	if !r.Workers[0].Step() || r.Workers[0].Step() || !slices.Equal(*seen, []int{2, 1, 0, 3}) {
		t.Errorf("came to the end: %v", *seen)
	}
}

// Ports and pollers share a pass: neither waits for the other.
func TestPollersLeaveRoom(t *testing.T) {
	h := &holder{}
	r, seen := holding(t, h, config{})
	r.mems[0].Inject(0, packets(0, 2000)...)
	for pass := range 4 {
		r.Workers[0].Step()
		if f := r.figures("port-rx"); pass > 0 && f.Vectors != uint64(256+128*pass) {
			t.Errorf("pass %d: %d packets received", pass, f.Vectors)
		}
		if len(*seen) != 128*pass {
			t.Errorf("pass %d: %d packets came back", pass, len(*seen))
		}
	}
	r.drain()
	if len(*seen) != 2000 || !slices.IsSorted(*seen) {
		t.Errorf("%d packets, in order: %v", len(*seen), slices.IsSorted(*seen))
	}
}

// What is held at the end is freed: newRig looks for leaks.
func TestHeldAtTheEnd(t *testing.T) {
	h := &holder{wait: true}
	r, _ := holding(t, h, config{})
	r.mems[0].Inject(0, packets(0, 300)...)
	r.drain()
	if r.pool.InUse() != 300 {
		t.Errorf("%d buffers in use", r.pool.InUse())
	}
	r.close()
}

// A traced packet is followed behind the node that held it, though no other is left to pick; but not into another trace.
func TestTraceOfHeldPackets(t *testing.T) {
	h := &holder{wait: true}
	r, _ := holding(t, h, config{})
	add := func(n int) {
		if err := r.TraceAdd(graph.Entry, n); err != nil {
			t.Fatal(err)
		}
	}
	way := func() (s string) {
		for _, p := range r.Trace()[0] {
			for _, step := range p {
				s += fmt.Sprintf("%s>%s ", step.Node, step.Next)
			}
			s += "| "
		}
		return strings.TrimSpace(s)
	}
	add(1)
	r.mems[0].Inject(0, packets(0, 1)...)
	r.drain()
	r.drain() // passes in which it is nowhere
	if got, want := way(), "ethernet-input>arc arc keep>held |"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	h.wait = false
	r.drain()
	if got, want := way(), "ethernet-input>arc arc keep>held keep>next feature end> |"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}

	h.wait = true
	add(2)
	r.mems[0].Inject(0, packets(1, 1)...)
	r.drain()
	add(1) // the packet that is held is not of this trace
	h.wait = false
	r.mems[0].Inject(0, packets(2, 1)...)
	r.drain()
	if got, want := way(), "ethernet-input>arc arc keep>held keep>next feature end> |"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestHoldWantsAPoller(t *testing.T) {
	plan, err := graph.NewPlan([]graph.Spec{node(graph.Entry, to(0), graph.Hold), dropNode}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := buffer.New(16, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := graph.New(graph.Config{Plan: plan, Pool: pool, Workers: 1}); err == nil || !strings.Contains(err.Error(), `node "ethernet-input" holds packets`) {
		t.Errorf("New: %v", err)
	}
}

// source is a node that puts packets of its own into the graph.
type source struct {
	process
	left int
	take func(room []buffer.Index) int
}

func (s *source) Poll(_ *graph.Worker, room []buffer.Index) int {
	n := s.take(room[:min(len(room), s.left)])
	s.left -= n
	return n
}

// Two pollers share a pass between them, and a poller may be the entry itself.
func TestPollersTakeTurns(t *testing.T) {
	var r *rig
	var cache *buffer.Cache
	make := func(name string, user uint32, next string) (graph.Spec, *source) {
		s := &source{process: to(0), left: 1000}
		s.take = func(room []buffer.Index) int {
			n := cache.Alloc(room)
			for _, b := range room[:n] {
				r.pool.Put(b, packets(0, 1)[0])
				r.pool.Meta(b).User = user
			}
			return n
		}
		return graph.Spec{Name: name, Nexts: graph.Nexts{next}, New: func(*graph.Worker) graph.Processor { return s }}, s
	}
	got := map[uint32]int{}
	end := node("end", func(w *graph.Worker, f *graph.Frame) {
		bufs, _ := f.Vector()
		for _, b := range bufs {
			got[w.Meta(b).User]++
		}
		w.Free(bufs)
	})
	entry, _ := make(graph.Entry, 1, "end")
	other, _ := make("other", 2, "end")
	r = newRig(t, config{specs: []graph.Spec{entry, other, end, dropNode}})
	cache = r.pool.NewCache()
	defer cache.Close()
	r.mems[0].Inject(0, packets(0, 1000)...)
	for range 6 {
		r.Workers[0].Step()
	}
	if got[0] != 6*128 || got[1] != 3*128 || got[2] != 3*128 {
		t.Errorf("packets by source: %v", got)
	}
	r.drain()
	if got[0] != 1000 || got[1] != 1000 || got[2] != 1000 {
		t.Errorf("packets by source: %v", got)
	}
}

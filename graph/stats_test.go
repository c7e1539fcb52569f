package graph_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

func TestFigures(t *testing.T) {
	r := crossing(t, config{workers: 2, queues: []int{2, 2}})
	r.mems[0].Inject(0, packets(0, 300)...)
	r.mems[0].Inject(1, packets(0, 10)...)
	for range 3 {
		for _, w := range r.Workers {
			w.Step()
		}
	}
	all := r.Figures()
	for i, want := range []graph.Figures{{Calls: 2, Vectors: 300}, {Calls: 1, Vectors: 10}} {
		w := all[i]
		if w.Passes != 3 || len(w.Nodes) != len(r.Plan.Nodes)+2 || w.Nodes[0].Name != "port-rx" || w.Nodes[len(w.Nodes)-1].Name != "port-tx" {
			t.Errorf("worker %d: %+v", i, w)
		}
		for _, f := range w.Nodes {
			state := "active"
			switch f.Name {
			case graph.ErrorDrop:
				want = graph.Figures{}
			case "port-rx", "port-tx":
				state = "polling"
			}
			if f.Calls != want.Calls || f.Vectors != want.Vectors || f.State != state || f.Calls > 0 && f.Clocks == 0 {
				t.Errorf("worker %d: %+v, want %+v", i, f, want)
			}
			if f.Name == graph.ErrorDrop { // the last node
				want = all[i].Nodes[0]
			}
		}
	}
}

func TestWhatNodesAreTold(t *testing.T) {
	now := int64(0)
	seen := 0
	var r *rig
	s := node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
		seen++
		bufs, _ := f.Vector()
		if w.ID() != 1 || w.Workers() != 2 || w.Now() != now || w.Pass() != uint64(seen) {
			t.Errorf("worker %d of %d, now %d, pass %d", w.ID(), w.Workers(), w.Now(), w.Pass())
		}
		if r.Plan.Nodes[w.Node()].Name != graph.Entry || w.Meta(bufs[0]).RxIf != 1 {
			t.Errorf("node %d, metadata %+v", w.Node(), w.Meta(bufs[0]))
		}
		w.Count(0, len(bufs))
		w.Count(1, 0)
	}, graph.ErrorDrop)
	s.Counters = graph.Counters{"first", "second"}
	r = newRig(t, config{workers: 2, queues: []int{2}, specs: []graph.Spec{s, dropNode}, clock: func() int64 { return now }})
	for range 3 {
		now += int64(250 * time.Millisecond)
		r.mems[0].Inject(1, packets(0, 4)...)
		r.Workers[1].Step()
	}
	if r.Clock() != now {
		t.Errorf("clock %d", r.Clock())
	}
	if r.count(graph.Entry, "first") != 12 || r.count(graph.Entry, "second") != 0 {
		t.Errorf("counted %v", r.Errors())
	}
}

// A pass allocates nothing, whichever way packets take, traced or not.
func TestStepDoesNotAllocate(t *testing.T) {
	c := newChaos(t, 5)
	c.ends = make([]int, 1)
	c.loops(graph.VectorSize)
	if n := testing.AllocsPerRun(100, func() { c.Workers[0].Step() }); n != 0 {
		t.Errorf("%v allocations a pass", n)
	}
	if err := c.TraceAdd(graph.Entry, 10000); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(20, func() { c.Workers[0].Step() }); n != 0 {
		t.Errorf("%v allocations a traced pass", n)
	}
	if len(c.Trace()[0]) == 0 {
		t.Error("nothing was traced")
	}
}

// What the engine costs: a node that does nothing but send packets by an interface, and one in front of it.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{1, 32, 256} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := crossing(b, config{})
			r.loops(n)
			for b.Loop() {
				r.Workers[0].Step()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/packet")
		})
	}
}

// Workers count in the memory that they are given, and memory that is too small is refused.
func TestRowsOfOthers(t *testing.T) {
	plan, err := graph.NewPlan([]graph.Spec{node(graph.Entry, to(0), graph.ErrorDrop), dropNode}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := buffer.New(1024, 2048)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	words := func(n int) []uint64 { return make([]uint64, n) }
	drops := words(graph.MaxInterfaces)
	rows := &graph.Rows{
		Rx: counter.PairsIn(words(2 * graph.MaxInterfaces)), Tx: counter.PairsIn(words(2 * graph.MaxInterfaces)),
		Drops: counter.In(drops), TxErrors: counter.In(words(graph.MaxInterfaces)),
		IP4: counter.In(words(graph.MaxInterfaces)), IP6: counter.In(words(graph.MaxInterfaces)), Errors: counter.In(words(plan.Errors())),
	}
	g, err := graph.New(graph.Config{Plan: plan, Pool: pool, Workers: 1, Rows: []*graph.Rows{rows}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	mem := port.NewMemory("a", 1)
	d, err := mem.Open(&port.Host{Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	g.AddInterface(5)
	g.SetPorts([]graph.Attachment{{SwIf: 5, Up: true, Ports: d.Ports()}})
	mem.Inject(0, packets(0, 3)...)
	for g.Workers[0].Step() {
	}
	if rows.Rx[5].Packets.Load() != 3 || drops[5] != 3 || g.IfTotals(5).Drops != 3 {
		t.Errorf("%d received, %d dropped", rows.Rx[5].Packets.Load(), drops[5])
	}
	for _, bad := range []graph.Config{
		{Plan: plan, Pool: pool, Workers: 2, Rows: []*graph.Rows{rows}},
		{Plan: plan, Pool: pool, Workers: 1, Rows: []*graph.Rows{{Rx: rows.Rx, Tx: rows.Tx, Drops: rows.Drops, TxErrors: rows.TxErrors, IP4: rows.IP4, IP6: rows.IP6}}},
		{Plan: plan, Pool: pool, Workers: 1, Rows: []*graph.Rows{{Rx: rows.Rx[:9], Tx: rows.Tx, Drops: rows.Drops, TxErrors: rows.TxErrors, Errors: rows.Errors}}},
	} {
		if _, err := graph.New(bad); err == nil || !strings.Contains(err.Error(), "row") {
			t.Errorf("%v", err)
		}
	}
}

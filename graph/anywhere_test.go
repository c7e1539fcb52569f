package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// thrower is a poller that puts packets of its own into the graph, at any node.
type thrower struct {
	left  int
	to    string // the node
	swIf  uint32
	plan  *graph.Plan
	arc   uint8
	soon  bool
	same  bool // it says that all packets have one origin
	up    []bool
	sizes []int // of what Poll gave
}

func (s *thrower) Poll(w *graph.Worker, room []buffer.Index) int {
	if s.soon {
		w.Soon()
	}
	n := w.Alloc(room[:min(len(room), s.left)])
	for _, b := range room[:n] {
		*w.Meta(b) = buffer.Meta{Off: buffer.Headroom, Len: 64, RxIf: s.swIf, Arc: s.arc}
	}
	s.left -= n
	if n > 0 {
		s.sizes = append(s.sizes, n)
	}
	return n
}

func (s *thrower) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	s.up = append(s.up, w.Receive(s.swIf, len(bufs), 64*len(bufs)))
	id, _ := s.plan.NodeID(s.to)
	for i := range nexts {
		nexts[i] = graph.Next(id)
	}
	if s.same {
		f.SetOrigin(s.arc, s.swIf)
	}
}

// throwing is a graph with a thrower: entry -> arc "arc" with features f1, f2 -> "end".
func throwing(t *testing.T, s *thrower) (r *rig, seen *[]string) {
	seen = new([]string)
	pass := func(name string) graph.Spec {
		n := node(name, func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			*seen = append(*seen, name)
			if name == "end" || name == "elsewhere" {
				w.Free(bufs)
			}
		})
		if name[0] == 'f' {
			n.Nexts, n.Arc = graph.Nexts{graph.Continue}, graph.Arc{Name: "arc"}
		}
		return n
	}
	thrower := graph.Spec{Name: "throw", Nexts: graph.Nexts{graph.Anywhere}, New: func(*graph.Worker) graph.Processor { return s }}
	r = newRig(t, config{
		arcs:  []graph.ArcSpec{{Name: "arc", End: "end", Only: packet.EtherTypeIP4}},
		specs: []graph.Spec{node(graph.Entry, to(0), graph.ArcStart("arc")), pass("f1"), pass("f2"), pass("end"), pass("elsewhere"), dropNode, thrower},
	})
	s.plan = r.Plan
	for _, f := range []string{"f1", "f2"} {
		if err := r.SetFeature("arc", f, 1, true); err != nil {
			t.Fatal(err)
		}
	}
	return r, seen
}

// A node that sends anywhere does so: to the entry, into the middle of an arc, to its end, to a node on none.
func TestAnywhere(t *testing.T) {
	for _, same := range []bool{false, true} {
		for to, want := range map[string]string{graph.Entry: "f1 f2 end", "f2": "f2 end", "end": "end", "elsewhere": "elsewhere"} {
			s := &thrower{left: 3, to: to, swIf: 1, arc: graph.NoArc, same: same}
			r, seen := throwing(t, s)
			if id, _ := r.Plan.NodeID(to); to != graph.Entry {
				s.arc, _ = r.Plan.ArcFor(id, packet.EtherTypeIP4, false)
			}
			if r.drain(); strings.Join(*seen, " ") != want {
				t.Errorf("to %s: %v, want %s", to, *seen, want)
			}
			if n := r.IfTotals(1); n.RxPackets != 3 || n.RxBytes != 3*64 {
				t.Errorf("%+v", n)
			}
		}
	}
}

// The arc at a node is that of the packet's kind, where there is one.
func TestArcFor(t *testing.T) {
	feature := func(name string, arcs ...string) graph.Spec {
		s := node(name, to(0), graph.Continue)
		for _, a := range arcs {
			s.MoreArcs = append(s.MoreArcs, graph.Arc{Name: a})
		}
		return s
	}
	plan, err := graph.NewPlan([]graph.Spec{
		node(graph.Entry, to(0), graph.ArcStart("any")), feature("all", "any", "ip4", "ip6", "out"), feature("four", "ip4"), feature("both", "ip4", "any"),
		feature("sent", "out"), node("end", to(0)), dropNode,
	}, []graph.ArcSpec{{Name: "any", End: "end"}, {Name: "ip4", End: "end", Only: packet.EtherTypeIP4}, {Name: "ip6", End: "end", Only: packet.EtherTypeIP6}, {Name: "out", End: "end", ByTx: true}})
	if err != nil {
		t.Fatal(err)
	}
	const any, ip4, ip6, out = 0, 1, 2, 3
	for _, c := range []struct {
		node string
		kind uint16
		out  bool
		arc  uint8
		ok   bool
	}{
		{"all", 0, false, any, true}, {"all", packet.EtherTypeIP4, false, ip4, true}, {"all", packet.EtherTypeIP6, false, ip6, true}, {"all", 0, true, out, true},
		{"four", 0, false, graph.NoArc, false}, {"four", packet.EtherTypeIP4, false, ip4, true}, {"four", packet.EtherTypeIP6, false, graph.NoArc, false},
		{"both", packet.EtherTypeIP6, false, any, true}, {"sent", 0, false, graph.NoArc, false}, {"sent", packet.EtherTypeIP4, true, out, true},
		{graph.Entry, 0, false, graph.NoArc, true}, {graph.ErrorDrop, packet.EtherTypeIP4, true, graph.NoArc, true},
	} {
		id, _ := plan.NodeID(c.node)
		if arc, ok := plan.ArcFor(id, c.kind, c.out); arc != c.arc || ok != c.ok {
			t.Errorf("%+v: arc %d, %v", c, arc, ok)
		}
	}
}

// Nodes that send anywhere come first, so that their packets go with the ports'.
func TestAnywhereGoesFirst(t *testing.T) {
	s := &thrower{left: 1000, to: graph.Entry, swIf: 1, arc: graph.NoArc}
	r, _ := throwing(t, s)
	if id, _ := r.Plan.NodeID("throw"); id != 0 {
		t.Errorf("its rank is %d", id)
	}
	r.mems[0].Inject(0, packets(0, 100)...)
	before := r.figures(graph.Entry).Calls
	r.Workers[0].Step()
	if n := r.figures(graph.Entry).Calls - before; n != 1 {
		t.Errorf("the entry ran %d times in a pass", n)
	}
}

// A poller fills whole frames while the ports have nothing, and half of them while they have much.
func TestWholeFrames(t *testing.T) {
	s := &thrower{left: 1 << 20, to: "elsewhere", swIf: 1, arc: graph.NoArc}
	r, _ := throwing(t, s)
	step := func(n int) []int {
		s.sizes = nil
		for range n {
			r.Workers[0].Step()
		}
		return s.sizes
	}
	step(2)
	for i, n := range step(100) {
		if n != graph.VectorSize {
			t.Fatalf("pass %d: %d packets while the ports have nothing", i, n)
		}
	}
	r.mems[0].Inject(0, packets(0, 4000)...)
	got := step(40)
	first := slices.Index(got, graph.VectorSize/2)
	if first < 0 || first > 9 {
		t.Errorf("the ports had to wait: %v", got)
	} else if n := slices.Max(got[first : first+25]); n != graph.VectorSize/2 {
		t.Errorf("the ports have much: %v", got)
	}
	if n := r.figures("port-rx").Vectors; n != 4000 {
		t.Errorf("%d of 4000 packets received after 40 passes", n)
	}
}

// Receive tells whether the interface is up, and counts what came while it was not; what is not there is down.
func TestReceive(t *testing.T) {
	s := &thrower{left: 1, to: "elsewhere", swIf: 1, arc: graph.NoArc}
	r, _ := throwing(t, s)
	r.drain()
	r.list[0].Up = false
	r.SetPorts(r.list)
	s.left = 1
	r.drain()
	s.swIf, s.left = 99, 1
	r.drain()
	if !slices.Equal(s.up, []bool{true, false, false}) {
		t.Errorf("up: %v", s.up)
	}
	if n := r.IfTotals(1); n.RxPackets != 2 || n.RxDown != 1 {
		t.Errorf("%+v", n)
	}
}

// Whoever says Soon is asked again soon, without anybody's signal.
func TestSoon(t *testing.T) {
	s := &thrower{to: "elsewhere", swIf: 1, arc: graph.NoArc, soon: true}
	r, _ := throwing(t, s)
	passes := func() uint64 { return r.Graph.Figures()[0].Passes }
	r.start()
	before := passes()
	eventually(t, "50 passes", func() bool { return passes() > before+50 }) // restMs apart, they would take longer than that
	r.stop()
}

// The rest of the program has what the program has, and no more.
func TestAlloc(t *testing.T) {
	s := &thrower{left: 1 << 20, to: "elsewhere", swIf: 1, arc: graph.NoArc}
	r, _ := throwing(t, s)
	cache := r.pool.NewCache()
	all := make([]buffer.Index, r.pool.Len())
	n := cache.Alloc(all)
	for range 10 { // what the worker's own cache has, over and over
		r.Workers[0].Step()
	}
	cache.Free(all[:n])
	cache.Close()
	if n < r.pool.Len()-512 || r.pool.InUse() != 0 {
		t.Errorf("%d of %d taken, %d in use", n, r.pool.Len(), r.pool.InUse())
	}
}

func TestAnywhereIsRefused(t *testing.T) {
	specs := []graph.Spec{node(graph.Entry, to(0), graph.ErrorDrop, graph.Anywhere), dropNode}
	if _, err := graph.NewPlan(specs, nil); err == nil || !strings.Contains(err.Error(), graph.Anywhere) {
		t.Errorf("beside others: %v", err)
	}
	specs = []graph.Spec{node(graph.Entry, to(0), graph.Anywhere), dropNode}
	for len(specs) < 257 {
		specs = append(specs, node("n"+strings.Repeat("x", len(specs)), to(0)))
	}
	if _, err := graph.NewPlan(specs, nil); err == nil || !strings.Contains(err.Error(), "257 nodes") {
		t.Errorf("of many nodes: %v", err)
	}
}

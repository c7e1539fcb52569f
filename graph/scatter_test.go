package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// hops bounds the way of a packet in a random graph, which has circles: after so many nodes it goes to error-drop.
const hops = 40

// chaos is a random graph whose nodes choose random nexts.
type chaos struct {
	*rig
	r    *rand.Rand
	ends []int // by packet number: how often it came to an end
	held int   // packets that nodes hold

	// What the plain twin knows, which resolves names at each hop.
	twin    bool // it follows
	arcs    []graph.ArcSpec
	order   map[string][]string        // by arc: its features
	enabled map[string]map[uint32]bool // by feature, then sw_if_index
	way     map[int]place              // by packet number
}

// place is where the twin expects a packet, and the arc that it is on.
type place struct{ node, arc string }

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{r: rand.New(rand.NewPCG(3, seed)), order: map[string][]string{}, enabled: map[string]map[uint32]bool{}, way: map[int]place{}}
	end := func(name string) func(*graph.Worker, buffer.Index) {
		return func(w *graph.Worker, b buffer.Index) {
			c.arrived(w, b, name)
			c.ends[number(w.Bytes(b))]++
		}
	}
	sunk := end("sink")
	n, arcs := 2+c.r.IntN(70), c.r.IntN(5)
	name := func(i int) string { return fmt.Sprintf("n%d", i) }
	conf := config{dropped: end(graph.ErrorDrop)}
	for a := range arcs {
		conf.arcs = append(conf.arcs, graph.ArcSpec{Name: fmt.Sprintf("arc%d", a), End: name(c.r.IntN(n)), ByTx: c.r.IntN(2) == 0})
	}
	for i := range n + 1 {
		s := graph.Spec{Name: name(i), Nexts: graph.Nexts{graph.ErrorDrop, "sink"}}
		if i == n {
			s.Name = graph.Entry
		}
		if arcs > 0 && c.r.IntN(3) == 0 {
			s.Arc.Name = fmt.Sprintf("arc%d", c.r.IntN(arcs))
			s.Nexts = append(s.Nexts, graph.Continue)
			c.order[s.Arc.Name] = append(c.order[s.Arc.Name], s.Name)
			c.enabled[s.Name] = map[uint32]bool{}
		}
		for range c.r.IntN(6) {
			next := name(c.r.IntN(n)) // perhaps itself
			if arcs > 0 && c.r.IntN(3) == 0 {
				next = graph.ArcStart(fmt.Sprintf("arc%d", c.r.IntN(arcs)))
			}
			s.Nexts = append(s.Nexts, next)
		}
		if c.r.IntN(4) > 0 {
			s.New = func(*graph.Worker) graph.Processor { return c.choose(&s, nil) }
		} else {
			s.Nexts = append(s.Nexts, graph.Hold)
			s.New = func(*graph.Worker) graph.Processor {
				h := &holder{given: func(n int) { c.held -= n }}
				h.order = func(bufs []buffer.Index) {
					c.r.Shuffle(len(bufs), func(i, j int) { bufs[i], bufs[j] = bufs[j], bufs[i] })
				}
				h.process = c.choose(&s, h)
				return h
			}
		}
		conf.specs = append(conf.specs, s)
	}
	conf.specs = append(conf.specs, dropNode, node("sink", func(w *graph.Worker, f *graph.Frame) {
		bufs, _ := f.Vector()
		for _, b := range bufs {
			sunk(w, b)
		}
		w.Free(bufs)
	}))
	c.arcs = conf.arcs
	c.rig = newRig(t, conf)
	return c
}

// arrived compares with the twin.
func (c *chaos) arrived(w *graph.Worker, b buffer.Index, node string) {
	if at, ok := c.way[number(w.Bytes(b))]; ok && at.node != node {
		c.t.Errorf("packet %d is in %s, the twin has it in %s", number(w.Bytes(b)), node, at.node)
	}
}

// follow is the twin: where a packet goes from a node by a next.
func (c *chaos) follow(at place, s *graph.Spec, next string, m *buffer.Meta) place {
	arc, starts := strings.CutPrefix(next, graph.ArcStart(""))
	if !starts && next != graph.Continue {
		return place{next, at.arc}
	}
	left := c.order[arc]
	if !starts {
		if arc = at.arc; arc == "" {
			arc = c.arcs[0].Name // Meta.Arc is 0 until an arc starts
		}
		i := slices.Index(c.order[arc], s.Name)
		if i < 0 {
			return place{graph.ErrorDrop, arc}
		}
		left = c.order[arc][i+1:]
	}
	spec := c.arcs[slices.IndexFunc(c.arcs, func(a graph.ArcSpec) bool { return a.Name == arc })]
	swIf := m.RxIf
	if spec.ByTx {
		swIf = m.TxIf
	}
	if swIf > 2 {
		return place{graph.ErrorDrop, arc}
	}
	for _, f := range left {
		if c.enabled[f][swIf] {
			return place{f, arc}
		}
	}
	return place{spec.End, arc}
}

// choose is a node's work: any next for each packet, in runs and not.
func (c *chaos) choose(s *graph.Spec, h *holder) process {
	return func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			m, id := w.Meta(b), number(w.Bytes(b))
			c.arrived(w, b, s.Name)
			if nexts[i] != 0 {
				c.t.Errorf("a next is %d before the node set it", nexts[i])
			}
			if m.User++; m.User <= hops { // else 0: error-drop
				nexts[i] = graph.Next(c.r.IntN(len(s.Nexts)))
				if i > 0 && c.r.IntN(2) == 0 {
					nexts[i] = nexts[i-1] // runs
				}
				m.TxIf = uint32(c.r.IntN(4)) // 3 is no interface
			}
			if s.Nexts[nexts[i]] == graph.Hold {
				h.keep(b)
				c.held++
				if c.twin {
					c.way[id] = place{s.Name, c.way[id].arc} // it comes back
				}
			} else if c.twin {
				c.way[id] = c.follow(c.way[id], s, s.Nexts[nexts[i]], m)
			}
		}
	}
}

// Whatever nodes choose, each packet goes where a plain twin sends it and ends exactly once, and a pass ends with none in
// flight.
func TestEachPacketEndsOnce(t *testing.T) {
	graphs := 60
	if testing.Short() {
		graphs = 15
	}
	for seed := range uint64(graphs) {
		c := newChaos(t, seed)
		c.twin = true
		for i, arc := range c.arcNames() {
			for _, n := range c.Plan.Nodes {
				for swIf := range uint32(3) {
					if n.Arc.Name == arc && (i+int(swIf))%2 == 0 {
						if err := c.SetFeature(arc, n.Name, swIf, true); err != nil {
							t.Fatal(err)
						}
						c.enabled[n.Name][swIf] = true
					}
				}
			}
		}
		total := 0
		for range 5 {
			for _, m := range c.mems {
				n := c.r.IntN(400)
				m.Inject(0, packets(total, n)...)
				total += n
				c.ends = append(c.ends, make([]int, n)...)
			}
			for c.Workers[0].Step() {
				if n := c.pool.InUse(); n != c.held {
					t.Fatalf("graph %d: %d packets in flight after a pass, nodes hold %d", seed, n, c.held)
				}
			}
		}
		for i, n := range c.ends {
			if n != 1 {
				t.Fatalf("graph %d: packet %d of %d ended %d times", seed, i, total, n)
			}
		}
		if f := c.figures(graph.Entry); f.Vectors < uint64(total) {
			t.Errorf("graph %d: %d packets injected, figures tell of %d", seed, total, f.Vectors)
		}
		c.close()
	}
}

func (c *chaos) arcNames() (out []string) {
	for _, n := range c.Plan.Nodes {
		if n.Arc.Name != "" && c.HasFeature(n.Arc.Name, n.Name) {
			out = append(out, n.Arc.Name)
		}
	}
	return out
}

// figures are those of a node, all workers together.
func (r *rig) figures(node string) (sum graph.Figures) {
	for _, w := range r.Figures() {
		for _, f := range w.Nodes {
			if f.Name == node {
				sum.State = f.State
				sum.Calls += f.Calls
				sum.Vectors += f.Vectors
				sum.Clocks += f.Clocks
			}
		}
	}
	return sum
}

// Packets keep their order between two nodes, however their neighbours go.
func TestOrderIsKept(t *testing.T) {
	var seen []int
	r := newRig(t, config{specs: []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, nexts := f.Vector()
			for i, b := range bufs {
				nexts[i] = graph.Next(number(w.Bytes(b)) % 3 % 2)
			}
		}, "even", graph.ErrorDrop),
		node("even", func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			for _, b := range bufs {
				seen = append(seen, number(w.Bytes(b)))
			}
			w.Free(bufs)
		}), dropNode,
	}})
	r.mems[0].Inject(0, packets(0, 600)...)
	r.drain()
	if len(seen) != 400 {
		t.Errorf("%d packets", len(seen))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] <= seen[i-1] {
			t.Fatalf("%d after %d", seen[i], seen[i-1])
		}
	}
}

// A pass takes at most a vector, from all ports together, and asks another port first each time.
func TestPortsTakeTurns(t *testing.T) {
	from := map[uint32]int{}
	r := newRig(t, config{queues: []int{1, 1, 1}, specs: []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			for _, b := range bufs {
				from[w.Meta(b).RxIf]++
			}
		}, graph.ErrorDrop), dropNode,
	}})
	for _, m := range r.mems {
		m.Inject(0, packets(0, 1000)...)
	}
	for pass := range 3 {
		r.Workers[0].Step()
		if sum := from[1] + from[2] + from[3]; sum != graph.VectorSize*(pass+1) {
			t.Errorf("%d packets after %d passes", sum, pass+1)
		}
	}
	if from[1] != 256 || from[2] != 256 || from[3] != 256 {
		t.Errorf("received %v", from)
	}
	r.drain()
}

package graph_test

import (
	"fmt"
	"math/rand/v2"
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
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{r: rand.New(rand.NewPCG(3, seed))}
	end := func(w *graph.Worker, b buffer.Index) { c.ends[number(w.Bytes(b))]++ }
	n, arcs := 2+c.r.IntN(70), c.r.IntN(5)
	name := func(i int) string { return fmt.Sprintf("n%d", i) }
	conf := config{dropped: end}
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
		}
		for range c.r.IntN(6) {
			next := name(c.r.IntN(n)) // perhaps itself
			if arcs > 0 && c.r.IntN(3) == 0 {
				next = graph.ArcStart(fmt.Sprintf("arc%d", c.r.IntN(arcs)))
			}
			s.Nexts = append(s.Nexts, next)
		}
		s.New = func(*graph.Worker) graph.Processor { return c.choose(len(s.Nexts)) }
		conf.specs = append(conf.specs, s)
	}
	conf.specs = append(conf.specs, dropNode, node("sink", func(w *graph.Worker, f *graph.Frame) {
		bufs, _ := f.Vector()
		for _, b := range bufs {
			end(w, b)
		}
		w.Free(bufs)
	}))
	c.rig = newRig(t, conf)
	return c
}

func (c *chaos) choose(n int) process {
	return func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			m := w.Meta(b)
			if m.User++; m.User > hops {
				continue // 0: error-drop
			}
			if nexts[i] != 0 {
				c.t.Errorf("a next is %d before the node set it", nexts[i])
			}
			if i > 0 && c.r.IntN(2) == 0 {
				nexts[i] = nexts[i-1] // runs
			} else {
				nexts[i] = graph.Next(c.r.IntN(n))
			}
			m.TxIf = uint32(c.r.IntN(4)) // 3 is no interface
		}
	}
}

// Whatever nodes choose, each packet that enters a graph ends exactly once, and a pass ends with none in flight.
func TestEachPacketEndsOnce(t *testing.T) {
	graphs := 60
	if testing.Short() {
		graphs = 15
	}
	for seed := range uint64(graphs) {
		c := newChaos(t, seed)
		for i, arc := range c.arcNames() {
			for _, n := range c.Plan.Nodes {
				for swIf := range uint32(3) {
					if n.Arc.Name == arc && (i+int(swIf))%2 == 0 {
						if err := c.SetFeature(arc, n.Name, swIf, true); err != nil {
							t.Fatal(err)
						}
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
				if n := c.pool.InUse(); n != 0 {
					t.Fatalf("graph %d: %d packets in flight after a pass", seed, n)
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

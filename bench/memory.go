package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/pg"
	"github.com/gvpp/gvpp/plugin"
)

// memoryRig is the graph in memory: interface a (sw_if_index 1) is cross-connected to b (2), both forget what they are to
// send, and receive what the packet generator has for them. Whoever holds it drives it by hand, from one goroutine.
type memoryRig struct {
	dp      *gvpp.Dataplane
	tracker *flowtrack.Plugin // nil where no sessions are tracked
	rules   *classify.Plugin
	a, b    *source
}

// memoryConfig is what rigs differ in. The zero value of each field means its default.
type memoryConfig struct {
	workers   int  // and queues of each source; default 1
	sessions  int  // capacity; default the product's
	noTracker bool // no session table: the rules are asked about each packet
	lines     []string
}

// roomFor is a capacity that a number of sessions does not fill.
func roomFor(sessions int) int { return max(1<<14, sessions+sessions/4) }

// statefulLines let in what new sessions begin with, and nothing else.
var statefulLines = []string{"classify add rule a proto udp dport 53 keep-state pass", "classify default a drop"}

func newMemoryRig(c memoryConfig) (r *memoryRig, err error) {
	workers := max(1, c.workers)
	r = &memoryRig{rules: classify.New(nil), a: newSource("a", workers), b: newSource("b", workers)}
	var plugins []plugin.Plugin
	if !c.noTracker {
		r.tracker = flowtrack.New()
		r.tracker.Sessions = c.sessions
		r.rules = classify.New(r.tracker)
		plugins = append(plugins, r.tracker)
	}
	r.dp, err = gvpp.New(gvpp.Config{
		Workers: workers, Interfaces: []gvpp.Interface{r.a, r.b}, Plugins: append(plugins, r.rules),
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	if err := r.prepare(c.lines); err != nil {
		return nil, errors.Join(err, r.dp.Close())
	}
	return r, nil
}

// prepare wires the interfaces and keeps sessions from timing out, for a round may come long after the one before.
func (r *memoryRig) prepare(lines []string) error {
	ctx := context.Background()
	for _, t := range flowtrack.Timeouts {
		if r.tracker == nil {
			break
		}
		if err := r.tracker.SetTimeout(t.Name, flowtrack.MaxTimeout); err != nil {
			return err
		}
	}
	if err := r.dp.CrossConnect(ctx, "a", "b"); err != nil {
		return err
	}
	for _, l := range lines {
		if err := r.dp.CLI().Run(ctx, l, false, discard{}); err != nil {
			return fmt.Errorf("%q: %w", l, err)
		}
	}
	return nil
}

// discard takes what commands print.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// load lets an interface receive packets of a stream without end, at most so many in a pass, on the worker of a queue. What it
// received before ends.
func (r *memoryRig) load(name string, queue int, t traffic, vector int) {
	r.stream(pg.Stream{Name: fmt.Sprintf("load-%s%d", name, queue), Interface: name, Worker: queue, Packets: t, MaxFrame: vector})
}

// burst lets an interface receive n packets of a stream; sends says whether some are still to come.
func (r *memoryRig) burst(name string, queue int, t traffic, n int) (sends func() bool) {
	l := &limited{t, n}
	r.stream(pg.Stream{Name: fmt.Sprintf("burst-%s%d", name, queue), Interface: name, Worker: queue, Packets: l, MaxFrame: 256})
	return func() bool { return l.left > 0 }
}

// stream begins a stream. It can only fail where the bench itself is wrong.
func (r *memoryRig) stream(s pg.Stream) {
	ctx, gen := context.Background(), r.dp.Generator()
	if err := errors.Join(gen.Add(ctx, s), gen.Enable(ctx, s.Name)); err != nil {
		panic(err)
	}
}

// limited is the first packets of a stream.
type limited struct {
	traffic
	left int
}

func (l *limited) Next() []byte {
	if l.left == 0 {
		return nil
	}
	l.left--
	return l.traffic.Next()
}

// send lets a receive n packets of a stream and b as many of another, nil for none, before there is any load. The table's upkeep,
// which is the control goroutine's, is done in between.
func (r *memoryRig) send(n int, a, b traffic) { r.sendOn(0, n, a, b) }

// sendOn is send by the worker of a queue.
func (r *memoryRig) sendOn(queue, n int, a, b traffic) {
	var bursts []func() bool
	for name, t := range map[string]traffic{"a": a, "b": b} {
		if t != nil {
			bursts = append(bursts, r.burst(name, queue, t, n))
		}
	}
	for slices.ContainsFunc(bursts, func(sends func() bool) bool { return sends() }) {
		r.dp.Step()
		r.maintain()
	}
	r.settle()
}

// maintainBudget is what a call of maintain may do to the table: little, as it comes after every vector.
const maintainBudget = 1024

func (r *memoryRig) maintain() {
	if r.tracker != nil {
		t4, _ := r.tracker.Tables()
		t4.Maintain(maintainBudget)
	}
}

// settle lets the table finish what it has begun: growth, and what waits for the workers.
func (r *memoryRig) settle() {
	if r.tracker == nil {
		return
	}
	t4, _ := r.tracker.Tables()
	for range 4 {
		r.dp.Step()
		for t4.Maintain(1 << 16) {
			r.dp.Step()
		}
	}
}

// streamAfter is how old a session must be for traffic in both directions to be a stream, which each packet before has to find
// out anew.
const streamAfter = 2100 * time.Millisecond

// establish gives every known flow a session that has been answered, and has been for so long that it is a stream.
func (r *memoryRig) establish(flows *knownFlows) {
	n := len(flows.order)
	r.send(n, flows, nil)
	r.send(n, nil, flows.answers())
	if r.tracker != nil {
		time.Sleep(streamAfter)
		r.send(n, flows, nil)
	}
}

// figures is what the nodes of worker 0 have done.
type figures struct {
	packets, calls uint64 // into the graph, in vectors
	sum, stateful  uint64 // clocks of all nodes, of those that classify and track
	wall           time.Time
	cpu            time.Duration
	tsc            uint64
}

// statefulNodes are those of which "classify+flowtrack" is the sum.
var statefulNodes = []string{"flow-lookup", "pkt-classify", "flow-track", "flow-lookup-out", "pkt-classify-out", "flow-track-out"}

// nodes adds up what a worker's nodes have done.
func (r *memoryRig) nodes(worker int) (f figures) {
	for _, n := range r.dp.Graph().Figures()[worker].Nodes {
		if n.Name == graph.Entry {
			f.packets, f.calls = n.Vectors, n.Calls
		}
		if n.State == "active" && n.Name != pg.InputName {
			f.sum += n.Clocks
			if slices.Contains(statefulNodes, n.Name) {
				f.stateful += n.Clocks
			}
		}
	}
	return f
}

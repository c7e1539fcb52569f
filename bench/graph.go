package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// graphScenario is the graph without I/O: the sum of all nodes from ethernet-input to interface-output, as show runtime
// counts them, one worker, vectors of 256, 64-byte UDP. The source is no node and not in the sum.
var graphScenario = scenario{
	name:  "graph",
	unit:  "ns/packet",
	about: "sum of all nodes of the graph in memory, 64-byte UDP, random flows, vectors of 256; without the source",
	setUp: setUpGraph,
}

// measuredPackets is how many packets a subject handles per round.
const measuredPackets = 1 << 20

// subject is a dataplane to measure.
type subject struct {
	params, name string
	dp           *gvpp.Dataplane
}

func setUpGraph() (func() ([]sample, error), func() error, error) {
	var list []subject
	done := func() error {
		var errs []error
		for _, s := range list {
			errs = append(errs, s.dp.Close())
		}
		return errors.Join(errs...)
	}
	add := func(params, name string, flows int, lines ...string) error {
		dp, err := inMemory(flows, lines)
		if err != nil {
			return err
		}
		list = append(list, subject{params, name, dp})
		return nil
	}
	var err error
	for _, flows := range []int{1, 1000, 10_000, 100_000, 1_000_000} {
		p := fmt.Sprintf("%d flows", flows)
		err = errors.Join(err, add(p, "forwarding only", flows),
			add(p, "classify+flowtrack hit", flows, "classify add rule a proto udp dport 53 keep-state pass", "classify default a drop"))
	}
	if err != nil {
		return nil, done, err
	}
	return func() ([]sample, error) { return graphRound(list) }, done, nil
}

// inMemory is a dataplane of two sources, a sending to b, with the lines executed and every flow seen twice.
func inMemory(flows int, lines []string) (*gvpp.Dataplane, error) {
	a, b := newSource("a", flows), newSource("b", 1)
	b.quiet = true
	tracker := flowtrack.New()
	dp, err := gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{a, b}, Plugins: []plugin.Plugin{tracker, classify.New(tracker)}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := dp.CrossConnect(ctx, "a", "b"); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := dp.CLI().Run(ctx, l, false, discard{}); err != nil {
			return nil, fmt.Errorf("%q: %w", l, err)
		}
	}
	for n := 0; n < 2*len(a.order); n += 256 {
		dp.Step()
		dp.Housekeep()
	}
	return dp, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// graphRound measures each subject: the clocks of its nodes per packet, in nanoseconds.
func graphRound(list []subject) (out []sample, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, s := range list {
		before := nodeClocks(s.dp)
		for range measuredPackets / graph.VectorSize {
			s.dp.Step()
		}
		clocks := float64(nodeClocks(s.dp)-before) / measuredPackets
		out = append(out, sample{s.params, s.name, clocks / cycles.PerSecond() * 1e9})
	}
	return out, nil
}

// nodeClocks is the clocks that all nodes have spent.
func nodeClocks(dp *gvpp.Dataplane) (sum uint64) {
	for _, n := range dp.Graph().Figures()[0].Nodes {
		if n.State == "active" {
			sum += n.Clocks
		}
	}
	return sum
}

package main

import (
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// graphScenario is the graph without I/O: the sum of all nodes from ethernet-input to interface-output, as show runtime
// counts them. The packet generator, pg-input, is not in the sum.
var graphScenario = measure.Scenario{
	Name:   "graph",
	About:  "whole graph in memory, 64-byte UDP, random order, vectors of up to 256, one worker: forwarding; known sessions",
	Groups: graphGroups,
}

func graphGroups(o measure.Options) (list []measure.Group) {
	counts := []int{1, 1000, 10_000, 100_000, 1_000_000, 10_000_000}
	if o.Short {
		counts = []int{1, 10_000}
	}
	for _, stateful := range []bool{false, true} {
		for _, flows := range counts {
			path := map[bool]string{false: "forward", true: "stateful"}[stateful]
			list = append(list, measure.Group{
				Params: fmt.Sprintf("flows=%d path=%s", flows, path),
				Open: func() ([]measure.Subject, error) {
					return openBoth(o, flows, 256, stateful)
				},
			})
		}
	}
	return list
}

// vectorFlows is how many flows there are in the vector scenario.
const vectorFlows = 10_000

// vectorScenario is the graph scenario with fewer packets at a time.
var vectorScenario = measure.Scenario{
	Name:  "vector",
	About: "the graph scenario at 10,000 flows, with vectors of 1 to 256 packets",
	Groups: func(o measure.Options) (list []measure.Group) {
		sizes := []int{1, 4, 16, 32, 64, 256}
		if o.Short {
			sizes = []int{4, 256}
		}
		for _, stateful := range []bool{false, true} {
			for _, n := range sizes {
				path := map[bool]string{false: "forward", true: "stateful"}[stateful]
				list = append(list, measure.Group{
					Params: fmt.Sprintf("vector=%d path=%s", n, path),
					Open: func() ([]measure.Subject, error) {
						return openBoth(o, vectorFlows, n, stateful)
					},
				})
			}
		}
		return list
	},
}

// openBoth makes gvpp's subject and VPP's.
func openBoth(o measure.Options, flows, vector int, stateful bool) ([]measure.Subject, error) {
	s, err := openGraph(flows, vector, stateful, timeOfRound(o))
	if err != nil {
		return nil, err
	}
	return []measure.Subject{s, vppGraph(o, flows, vector, stateful)}, nil
}

// openGraph makes the subject gvpp: a rig with all its sessions established.
func openGraph(flows, vector int, stateful bool, long time.Duration) (measure.Subject, error) {
	c := memoryConfig{sessions: roomFor(flows)}
	if stateful {
		c.lines = statefulLines
	}
	r, err := newMemoryRig(c)
	if err != nil {
		return measure.Subject{}, err
	}
	known := newKnownFlows(flows, 1)
	if stateful {
		r.establish(known)
		if n := r.tracker.Summarize().Sessions; n != flows {
			_ = r.dp.Close()
			return measure.Subject{}, fmt.Errorf("%d sessions where %d flows were sent", n, flows)
		}
	} else {
		r.send(orderLength, known, nil)
	}
	r.load("a", 0, known, vector)
	return measure.Subject{
		Name:  "gvpp",
		Round: func() ([]measure.Sample, error) { return r.samples(long, stateful, nil) },
		Close: r.dp.Close,
	}, nil
}

package main

import (
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/nodes/pg"
)

// pgScenario is how fast load comes: what the whole loop costs, with the packet generator or another source in front of the graph.
var pgScenario = measure.Scenario{
	Name:   "pg",
	About:  "the packet generator as load: the whole loop on one core, input included, with 64-byte UDP packets of 1,024 flows made by a port in memory, by pg of Go's packets, and by pg of VPP's text",
	Groups: pgGroups,
}

// pgFlows is how many flows the packets of the pg scenario are of.
const pgFlows = 1024

func pgGroups(o measure.Options) (list []measure.Group) {
	for _, stateful := range []bool{false, true} {
		path := map[bool]string{false: "forward", true: "stateful"}[stateful]
		list = append(list, measure.Group{Params: "path=" + path, Open: func() (subjects []measure.Subject, err error) {
			for _, load := range []string{"port", "pg-go", "pg-text"} {
				s, err := openLoad(load, stateful, timeOfRound(o))
				if err != nil {
					return subjects, err
				}
				subjects = append(subjects, s)
			}
			return append(subjects, peer.VPPLoad(o, pgText(20, "IP4: 02:00:00:00:00:01 -> 02:fe:00:00:00:01", pgFlows), stateful)), nil
		}})
	}
	return list
}

// pgText is the data of a stream: packets as knownFlows makes them, in the order of the flows' numbers.
func pgText(payload int, ether string, flows int) string {
	last := flows - 1
	return fmt.Sprintf("%s UDP: 10.0.0.0 - 10.%d.%d.%d -> 20.0.0.1 UDP: 1000 -> 53 incrementing %d", ether, last>>16, last>>8&255, last&255, payload)
}

// openLoad makes the subject of a load.
func openLoad(load string, stateful bool, long time.Duration) (s measure.Subject, err error) {
	r, err := openLoadRig(load, stateful)
	if err != nil {
		return s, err
	}
	return measure.Subject{Name: load, Close: r.dp.Close, Round: func() ([]measure.Sample, error) { return r.loadRound(long) }}, nil
}

// openLoadRig makes a graph with one of the loads in front.
func openLoadRig(load string, stateful bool) (*memoryRig, error) {
	c := memoryConfig{sessions: roomFor(pgFlows)}
	if stateful {
		c.lines = statefulLines
	}
	r, err := newMemoryRig(c)
	if err != nil {
		return nil, err
	}
	known := newKnownFlows(pgFlows, 1)
	if stateful {
		r.establish(known)
	}
	switch load {
	case "port":
		r.a.queues[0].traffic = known
	case "pg-go":
		r.load("a", 0, known, 256)
	case "pg-text":
		r.stream(pg.Stream{Name: "text", Interface: "a", MinSize: 60, MaxSize: 60, Data: pgText(18, "IP4: 02:00:00:00:00:01 -> 02:00:00:00:00:02", pgFlows)})
	}
	return r, nil
}

// loadRound lets the graph run and tells what the loop has cost, by the thread's time.
func (r *memoryRig) loadRound(long time.Duration) ([]measure.Sample, error) {
	before := r.read(0, true)
	start := cpuTime()
	for end := start + long; cpuTime() < end; {
		for range stepsPerLook {
			r.dp.Step()
		}
	}
	cpu := cpuTime() - start
	s, err := r.read(0, false).since(before)
	if err != nil {
		return nil, err
	}
	ns := float64(cpu) / s.packets
	return []measure.Sample{
		{Metric: "loop", Unit: "ns/packet", Value: ns},
		{Metric: "loop", Unit: "clocks/packet", Value: ns * cycles.PerSecond() / 1e9},
		{Metric: "sum of nodes", Unit: "ns/packet", Value: s.sum / s.packets / s.clocksPerNs},
		{Metric: "vector", Unit: "packets/vector", Value: s.packets / s.calls},
		{Metric: "allocations", Unit: "objects/packet", Value: s.objects / s.packets},
	}, nil
}

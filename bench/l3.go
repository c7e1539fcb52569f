package main

import (
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
)

// l3Scenario is routing: the sum of all nodes from ethernet-input to interface-output, where the graph scenario cross-connects. Both sides
// check the frame's address and the IPv4 header with its checksum, count packets by interface, look the destination up in the same routes, by
// one neighbour, take one off the TTL, mend the checksum, write the header and free the packet: VPP in pg1-tx, which is in its sum, gvpp
// in interface-output. VPP counts for each route too, which gvpp cannot; counters of adjacencies are off on both. The generators are in
// neither sum.
var l3Scenario = measure.Scenario{
	Name:   "l3",
	About:  "IPv4 routing in memory, 64-byte UDP, random order, vectors of up to 256, one worker: flows to one destination; to many, by one route or by as many /24 as they are of",
	Groups: l3Groups,
}

// l3Setting is who sends to whom by how many routes.
type l3Setting struct {
	flows  int
	spread bool // as many destinations, in 10.0.0.0/8, in place of sources
	routes int
}

func l3Groups(o measure.Options) (list []measure.Group) {
	settings := []l3Setting{{1, false, 1}, {10_000, false, 1}, {1_000_000, false, 1}, {1000, true, 1}, {10_000, true, 1}, {100_000, true, 1}, {1_000_000, true, 1},
		{1_000_000, true, 4096}, {10_000_000, true, 65536}}
	if o.Short {
		settings = settings[:1]
	}
	for _, s := range settings {
		to := 1
		if s.spread {
			to = s.flows
		}
		list = append(list, measure.Group{
			Params: fmt.Sprintf("flows=%d destinations=%d routes=%d", s.flows, to, s.routes),
			Open: func() ([]measure.Subject, error) {
				g, err := openL3(s, timeOfRound(o))
				if err != nil {
					return nil, err
				}
				return []measure.Subject{g, vppL3(o, s)}, nil
			},
		})
	}
	return list
}

// l3Lines make a route what they forward, as VPP's are in the other subject.
func l3Lines(s l3Setting) []string {
	lines := []string{
		"set interface l2 xconnect a none", "set interface ip address a 192.168.0.1/24", "set interface ip address b 30.0.0.254/24",
		"set ip neighbor b 30.0.0.1 02:00:00:00:00:02", "ip route add 0.0.0.0/0 via 30.0.0.1 b",
	}
	if s.routes > 1 {
		lines = append(lines, fmt.Sprintf("ip route add count %d 10.0.0.0/24 via 30.0.0.1 b", s.routes))
	}
	return lines
}

func openL3(s l3Setting, long time.Duration) (measure.Subject, error) {
	r, err := newMemoryRig(memoryConfig{sessions: roomFor(1), lines: l3Lines(s)})
	if err != nil {
		return measure.Subject{}, err
	}
	known := newKnownFlows(s.flows, 1)
	if s.spread {
		known = known.answers()
	}
	r.load("a", 0, known, 256)
	return measure.Subject{
		Name:  "gvpp",
		Round: func() ([]measure.Sample, error) { return r.samples(long, false, nil) },
		Close: r.dp.Close,
	}, nil
}

// vppL3 is VPP on the same question. Its generator draws destinations at random, too.
func vppL3(o measure.Options, s l3Setting) measure.Subject {
	g := peer.VPPGraphSetting{Flows: s.flows, Filter: peer.VPPForward}
	if s.routes > 1 {
		g.Lines = []string{fmt.Sprintf("ip route add count %d 10.0.0.0/24 via 20.0.0.1 pg1", s.routes)}
	}
	if s.spread {
		last := s.flows - 1
		g.Data = fmt.Sprintf("IP4: 02:00:00:00:00:01 -> 02:fe:00:00:00:01 UDP: 20.0.0.9 -> 10.0.0.0 + 10.%d.%d.%d UDP: 53 -> 1000 incrementing 22", last>>16, last>>8&255, last&255)
	}
	return peer.VPPGraph(o, g)
}

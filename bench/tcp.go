package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/internal/packetline"
)

// tcpScenario is what following TCP costs, sequence numbers and windows included, beside UDP, of which only time is kept.
var tcpScenario = measure.Scenario{
	Name:  "tcp",
	About: "whole graph in memory, known sessions: segments of established TCP connections, 6 bytes of data each, beside UDP packets of the same size",
	Groups: func(o measure.Options) (list []measure.Group) {
		counts := []int{1, 10_000, 100_000, 1_000_000}
		if o.Short {
			counts = []int{1, 10_000}
		}
		for _, flows := range counts {
			list = append(list, measure.Group{
				Params: fmt.Sprintf("flows=%d", flows),
				Open:   func() ([]measure.Subject, error) { return openTCP(flows, timeOfRound(o)) },
			})
		}
		return list
	},
}

func openTCP(flows int, long time.Duration) ([]measure.Subject, error) {
	udp, err := openGraph(flows, 256, true, long)
	if err != nil {
		return nil, err
	}
	udp.Name = "udp"
	r, err := newMemoryRig(memoryConfig{sessions: roomFor(flows),
		lines: []string{"classify add rule a proto tcp dport 53 keep-state pass", "classify default a drop"}})
	if err != nil {
		return nil, err
	}
	order := newKnownFlows(flows, 1).order
	segment := func(ends, what string, replies bool) *segments {
		return &segments{frame: packetline.MustBuild("tcp " + ends + what + " win 60000"), order: order, replies: replies}
	}
	const there, back = "10.0.0.0:1000 > 20.0.0.1:53 ", "20.0.0.1:53 > 10.0.0.0:1000 "
	r.send(len(order), segment(there, "[S] seq 1", false), nil)
	r.send(len(order), nil, segment(back, "[SA] seq 1 ack 2", true))
	r.send(len(order), segment(there, "[A] seq 2 ack 2", false), nil)
	if n := r.tracker.Summarize().States["ESTABLISHED"]; n != uint64(flows) {
		_ = r.dp.Close()
		return nil, fmt.Errorf("%d connections are established, want %d", n, flows)
	}
	r.load("a", 0, segment(there, "[PA] seq 2 ack 2 len 6", false), 256)
	return []measure.Subject{{
		Name:  "tcp",
		Round: func() ([]measure.Sample, error) { return r.samples(long, true, nil) },
		Close: r.dp.Close,
	}, udp}, nil
}

// segments are the same segment of each of a number of connections. The client's address tells the connection.
type segments struct {
	frame   []byte
	order   []uint32
	at      int
	replies bool
}

func (t *segments) Next() []byte {
	at := atSrc
	if t.replies {
		at = atDst
	}
	binary.BigEndian.PutUint32(t.frame[at:], 10<<24|t.order[t.at])
	if t.at++; t.at == len(t.order) {
		t.at = 0
	}
	setChecksums(t.frame)
	return t.frame
}

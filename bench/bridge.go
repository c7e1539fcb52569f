package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
)

// bridgeScenario is a bridge domain of two interfaces beside their cross-connect. Every source and every destination is known, and was
// seen lately: a packet costs two lookups.
var bridgeScenario = measure.Scenario{
	Name:  "bridge",
	About: "a bridge domain beside a cross-connect, 64-byte UDP, so many known MAC addresses at each interface, drawn at random, vectors of 256, one worker",
	Groups: func(o measure.Options) (list []measure.Group) {
		counts := []int{1, 1000, 100_000}
		if o.Short {
			counts = counts[:2]
		}
		for _, hosts := range counts {
			list = append(list, measure.Group{Params: fmt.Sprintf("macs=%d", hosts), Open: func() ([]measure.Subject, error) { return openBridge(o, hosts) }})
		}
		return list
	},
}

// bridgeLines make a domain of a and b.
var bridgeLines = []string{"set interface l2 bridge a 1", "set interface l2 bridge b 1"}

func openBridge(o measure.Options, hosts int) (list []measure.Subject, err error) {
	there, back := bridged(hosts)
	for _, x := range []struct {
		name  string
		lines []string
	}{{"gvpp", bridgeLines}, {"gvpp xconnect", nil}} {
		r, err := newMemoryRig(memoryConfig{lines: x.lines})
		if err != nil {
			return nil, err
		}
		long := timeOfRound(o)
		r.teach(there, back)
		r.load("a", 0, &drawn{packets: there}, 256)
		list = append(list, measure.Subject{Name: x.name, Close: r.dp.Close, Round: func() ([]measure.Sample, error) { return r.samples(long, false, nil) }})
	}
	return append(list, peer.VPPBridge(o, there, back)), nil
}

// teach lets both interfaces receive each packet once, and makes room for their addresses.
func (r *memoryRig) teach(there, back [][]byte) {
	for range 3 { // what found no room is learned the next time
		r.send(len(there), &drawn{packets: there}, nil)
		r.send(len(back), nil, &drawn{packets: back})
		for range 50 {
			r.dp.Housekeep()
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// bridged are packets of hosts at a to hosts at b, in random order, and one of each of these back.
func bridged(hosts int) (there, back [][]byte) {
	r := rand.New(rand.NewPCG(1, uint64(hosts)))
	host := func(p []byte, at int, side byte, n int) {
		p[at], p[at+1] = 2, side
		binary.BigEndian.PutUint32(p[at+2:], uint32(n))
	}
	const atFrom, atTo = 6, 0
	for i := range max(hosts, orderLength) {
		p := udp64()
		host(p, atFrom, 1, i%hosts)
		host(p, atTo, 2, r.IntN(hosts))
		there = append(there, p)
	}
	r.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
	for i := range hosts {
		p := udp64()
		host(p, atFrom, 2, i)
		host(p, atTo, 1, r.IntN(hosts))
		back = append(back, p)
	}
	return there, back
}

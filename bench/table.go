package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// tableScenario is the flow table alone: what a lookup costs, and the update of the state of the flow that it finds.
var tableScenario = measure.Scenario{
	Name:   "table",
	About:  "the flow table alone: lookup and update of the flow found, uniform keys, vectors of 256; maps, rte_hash, bihash",
	Groups: tableGroups,
}

// tableSetting is a setting of the table scenario.
type tableSetting struct {
	flows, misses int // misses of 100 lookups
	ip6           bool
}

func (s tableSetting) params() string {
	p := fmt.Sprintf("flows=%d family=%s", s.flows, map[bool]string{false: "ip4", true: "ip6"}[s.ip6])
	if s.misses > 0 {
		p += fmt.Sprintf(" misses=%d%%", s.misses)
	}
	return p
}

func tableGroups(o measure.Options) (list []measure.Group) {
	settings := []tableSetting{}
	counts := []int{1000, 10_000, 100_000, 1_000_000, 10_000_000}
	if o.Short {
		counts = []int{1000, 10_000}
	}
	for _, ip6 := range []bool{false, true} {
		for _, n := range counts {
			settings = append(settings, tableSetting{flows: n, ip6: ip6})
		}
	}
	if !o.Short {
		settings = append(settings, tableSetting{flows: 1_000_000, misses: 90})
	}
	for _, s := range settings {
		open := openTable[flow.Key4]
		if s.ip6 {
			open = openTable[flow.Key6]
		}
		list = append(list, measure.Group{Params: s.params(), Open: func() ([]measure.Subject, error) { return open(o, s) }})
	}
	return list
}

// mapsMostIP6 is how many IPv6 flows the maps are given: to fill more takes them half a minute, and tells what IPv4 told.
const mapsMostIP6 = 1_000_000

func tooLong(name string) measure.Subject {
	return measure.Subject{Name: name, Skip: fmt.Sprintf("it takes too long to fill with more than %d IPv6 flows; see those of IPv4", mapsMostIP6)}
}

// openTable makes all subjects of a setting. Those of this process share one stream of keys.
func openTable[K flow.Key](o measure.Options, s tableSetting) (list []measure.Subject, err error) {
	defer func() {
		if err != nil {
			for _, made := range list {
				if made.Close != nil {
					err = errors.Join(err, made.Close())
				}
			}
		}
	}()
	stream := newKeyStream[K](s, timeOfRound(o))
	for _, portable := range []bool{false, true} {
		t, err := newTableSubject(stream, s, portable)
		if err != nil {
			return list, err
		}
		list = append(list, t)
	}
	if s.ip6 && s.flows > mapsMostIP6 {
		list = append(list, tooLong("go-map"), tooLong("swiss"))
	} else {
		list = append(list, newMapSubject(stream, s), newSwissSubject(stream, s))
	}
	if !s.ip6 && !o.Short {
		t := peer.Table{Flows: s.flows, Misses: s.misses, VPP: o.VPP}
		list = append(list, peer.RteHash(t), peer.Bihash24(t), peer.Bihash16(t))
	}
	return list, nil
}

// keyStream is what is looked up, in vectors, over and over again.
type keyStream[K flow.Key] struct {
	keys []K
	at   int
	long time.Duration
}

// streamLength is the least length of a stream: its pattern is not to be learnt by the processor.
const streamLength = 1 << 20

func newKeyStream[K flow.Key](s tableSetting, long time.Duration) *keyStream[K] {
	r := rand.New(rand.NewPCG(3, 4))
	n := max(streamLength, s.flows) &^ (flow.MaxBatch - 1)
	k := &keyStream[K]{keys: make([]K, n), long: long}
	for i := range k.keys {
		f := r.Uint32N(uint32(s.flows))
		if int(r.Uint32N(100)) < s.misses {
			f += uint32(s.flows) // not there
		}
		k.keys[i] = flowKey[K](f)
	}
	return k
}

// flowKey is the key of flow n, as in dataplane/flow's benchmarks.
func flowKey[K flow.Key](n uint32) (k K) {
	switch p := any(&k).(type) {
	case *flow.Key4:
		*p, _ = flow.MakeKey4(0x0a000000+n, 0xc0a80001, uint16(n>>3), 443, 0, 6, 0)
	case *flow.Key6:
		a, b := [16]byte{0x20, 1, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}, [16]byte{0x20, 2, 15: 1}
		*p, _ = flow.MakeKey6(&a, &b, uint16(n), 443, 0, 6, 0)
	}
	return k
}

// vectorsPerLook is how many vectors go by between two looks at the clock.
const vectorsPerLook = 16

// round gives vectors to lookup for a while and tells what a key has cost. Handing a vector over, a copy of its keys, is in it:
// whoever looks a vector up has made the keys.
func (k *keyStream[K]) round(lookup func(keys []K, tick uint32) (found int), s tableSetting) ([]measure.Sample, error) {
	looked, found := 0, 0
	begin := cpuTime()
	now := begin
	for ; now < begin+k.long; now = cpuTime() {
		for range vectorsPerLook {
			found += lookup(k.keys[k.at:k.at+flow.MaxBatch], uint32(looked))
			looked += flow.MaxBatch
			if k.at += flow.MaxBatch; k.at == len(k.keys) {
				k.at = 0
			}
		}
	}
	if want := looked * (100 - s.misses) / 100; found < want*9/10 || found > want*11/10 {
		return nil, fmt.Errorf("%d of %d lookups found something, want about %d", found, looked, want)
	}
	return []measure.Sample{{Metric: "cost", Unit: "ns/lookup", Value: float64(now-begin) / float64(looked)}}, nil
}

// record is what a flow's line holds besides its key, for the baselines.
type record struct {
	flow.State
	flow.Counters
}

// update is what a packet changes.
func (r *record) update(tick uint32) {
	r.LastSeen = tick
	r.Packets[0]++
	r.Bytes[0] += 64
}

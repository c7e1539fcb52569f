package tuple_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// edges are ends of ranges: many rules have some in common.
var edges = []uint16{0, 1, 80, 1023, 1024, 16383, 16384, 30000, 32767, 32768, 40000, 49152, 65535}

func (w world) edge() uint16 {
	if w.IntN(4) == 0 {
		return uint16(w.IntN(1 << 16))
	}
	return edges[w.IntN(len(edges))]
}

// rangeMatch is one of a range of ports or two.
func (w world) rangeMatch() tuple.Match {
	m := tuple.Any()
	m.SetProto(6)
	if w.IntN(4) > 0 {
		if w.ip6 {
			m.SetDst6(0x20010db8<<32, 0, 48)
		} else {
			m.SetDst4(10<<24, 24)
		}
	}
	a, b, c, d := w.edge(), w.edge(), w.edge(), w.edge()
	if w.IntN(4) > 0 {
		a, b = 0, 65535
	}
	m.SetPorts(min(a, b), max(a, b), min(c, d), max(c, d))
	if w.IntN(2) == 0 { // so that few packets meet it
		m.SetFlags(uint8(w.IntN(4)), 0xff)
	}
	if w.IntN(6) == 0 {
		m.SetClasses(^uint8(1 << w.IntN(3)))
	}
	return m
}

// TestAside: of few matches many rules each, at random places in the order. Whatever goes, the first that is left wins, in each
// view by itself.
func TestAside(t *testing.T) {
	for _, ip6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("ip6=%v", ip6), func(t *testing.T) { aside(t, ip6) })
	}
}

func aside(t *testing.T, ip6 bool) {
	tw, rounds := newTwin(4, ip6), 300
	if testing.Short() {
		rounds = 60
	}
	var kinds []tuple.Match
	var keys []tuple.Key
	for i := range uint16(12) { // side by side, around 32768
		m, k := tuple.Any(), tuple.Key{}
		m.SetProto(6)
		m.SetPorts(0, 65535, 100+i*5000, 104+i*5001)
		m.SetFlags(uint8(i), 0xff)
		k.SetProto(6)
		k.SetPorts(7, 102+i*5000)
		k.SetFlags(uint8(i))
		kinds, keys = append(kinds, m), append(keys, k)
	}
	for i := range 12 { // ranges that overlap, in parts
		m, k := tuple.Any(), tuple.Key{}
		m.SetProto(17)
		m.SetPorts(0, 65535, uint16(30000-i*100), uint16(40000+i*1000))
		k.SetProto(17)
		k.SetPorts(7, uint16(40000+i*1000))
		kinds, keys = append(kinds, m), append(keys, k)
	}
	views := []past{{tw.set.Commit(), nil}}
	for round := range rounds {
		for range tw.IntN(30) {
			if len(tw.rules) < 150+round%100*2 {
				tw.put(ruled{kinds[tw.IntN(len(kinds))], tw.Uint64() >> 1, tw.next})
			} else {
				tw.remove(t, tw.IntN(1+tw.IntN(len(tw.rules))))
			}
		}
		for range len(tw.rules) * (tw.IntN(10) / 9) / 2 {
			tw.remove(t, 0)
		}
		views = append(views, past{tw.set.Commit(), slices.Clone(tw.rules)})
		for _, p := range views {
			for i := range keys {
				if got, want := p.v.Find(&keys[i]), first(p.rules, &keys[i]); got != want {
					t.Fatalf("round %d, key %d: %d, want %d of %d rules", round, i, int32(got), int32(want), len(p.rules))
				}
			}
		}
		if tw.IntN(3) == 0 {
			tw.set.Reclaim()
			views = views[len(views)-1:]
		}
	}
}

// TestLongChains: ranges of ports that no mask tells apart, all in one chain; its lines go and come.
func TestLongChains(t *testing.T) {
	tw, n := newTwin(2, false), 1500
	if testing.Short() {
		n = 400
	}
	for i := range n {
		m := tuple.Any()
		m.SetProto(6)
		m.SetPorts(0, 0x7fff+uint16(tw.IntN(0x8001)), uint16(tw.IntN(0x8000)), 0x8000+uint16(tw.IntN(0x40)))
		if i%16 > 0 { // most of them are not met
			m.SetFlags(uint8(tw.IntN(4)), 0xff)
		}
		r := ruled{m, uint64(i+1) << 32, uint32(i)}
		tw.rules = append(tw.rules, r)
		tw.set.Insert(&r.m, r.label, r.rule)
	}
	for range 20 {
		tw.agree(t, tw.set.Commit(), tw.rules)
		tw.set.Reclaim()
		for range n / 30 {
			tw.delete(t)
		}
		tw.moves(t)
	}
}

package tuple

import (
	"math/rand/v2"
	"testing"
)

// steps is how many lines of how many chains Find passes for a packet.
func (v *View) steps(k *Key) (lines, longest int) {
	best := noLabel
	for i := range v.tables {
		t, n := &v.tables[i], 0
		for at := t.head(v.tag(t, k)); at != 0 && v.lines[at].label < best; at = v.lines[at].next {
			n++
			if v.walk(at, k, best) == at {
				best = v.lines[at].label
			}
		}
		lines, longest = lines+n, max(longest, n)
	}
	return lines, longest
}

// ranged makes range rules. lines is how many a set may make of each; longest and most are how many lines of a chain, and of
// all chains, a packet may pass.
type ranged struct {
	name                 string
	lines, longest, most int
	match                func(r *rand.Rand, i int) Match
}

var rangeSets = []ranged{
	{"one /24, ranges across 32768", 20, 18, 130, func(r *rand.Rand, i int) Match {
		return dports(24, 0, 0xffff, uint16(r.IntN(0x8000)), uint16(0x8000+r.IntN(0x8000)))
	}},
	{"one /24, any ranges", 20, 18, 130, func(r *rand.Rand, i int) Match {
		a, b := uint16(r.IntN(1<<16)), uint16(r.IntN(1<<16))
		return dports(24, 0, 0xffff, min(a, b), max(a, b))
	}},
	{"one /24, in order", 20, 18, 130, func(_ *rand.Rand, i int) Match { return dports(24, 0, 0xffff, uint16(20000+i), uint16(40000+i%7)) }},
	{"any address", 20, 18, 130, func(_ *rand.Rand, i int) Match { return dports(0, 0, 0xffff, uint16(i), uint16(40000+i%7)) }},
	{"high source ports, too", 20, 18, 250, func(r *rand.Rand, i int) Match {
		return dports(24, 1024, 0xffff, uint16(r.IntN(0x8000)), uint16(0x8000+r.IntN(0x8000)))
	}},
	{"the same source range", 25, 18, 200, func(r *rand.Rand, i int) Match { return dports(24, 1000, 1100, uint16(20000+i), uint16(60000-i)) }},
	{"source ranges", 25, 18, 130, func(r *rand.Rand, i int) Match { return dports(24, uint16(20000+i), uint16(60000-i), 0, 0xffff) }},
	{"equal ranges", 1, 16, 32, func(*rand.Rand, int) Match { return dports(24, 0, 0xffff, 30000, 40000) }},
	{"flags, too", 25, 20, 200, func(r *rand.Rand, i int) Match {
		m := dports(24, 0, 0xffff, uint16(20000+i), uint16(60000-i))
		m.SetFlags(uint8(1+i%4), 0xff)
		return m
	}},
	{"both", 64, 100, 500, func(r *rand.Rand, i int) Match {
		a, b := uint16(r.IntN(1<<16)), uint16(r.IntN(1<<16))
		return dports(24, min(a, b), max(a, b), uint16(r.IntN(0x8000)), uint16(0x8000+r.IntN(0x8000)))
	}},
}

// dports is TCP of some ports to 10.0.0.0 with so many bits.
func dports(n uint8, slo, shi, lo, hi uint16) Match {
	m := Any()
	m.SetProto(6)
	m.SetDst4(10<<24, n)
	m.SetPorts(slo, shi, lo, hi)
	return m
}

// build is a set of n of the rules.
func (c *ranged) build(n int) *Set {
	r, s := rand.New(rand.NewPCG(1, 1)), New(false, 1)
	for i := range n {
		m := c.match(r, i)
		s.Insert(&m, uint64(i+1)<<32, uint32(i))
	}
	return s
}

// TestRanges: thousands of rules that only ranges of ports tell apart do not make a packet pass thousands of lines, be it one that
// no rule matches; nor are there many lines for each.
func TestRanges(t *testing.T) {
	n := 4000
	if testing.Short() {
		n = 1000
	}
	for _, c := range rangeSets {
		n := n
		if c.name == "both" { // which takes long
			n = 1000
		}
		s, r := c.build(n), rand.New(rand.NewPCG(2, 2))
		v, longest, most := s.Commit(), 0, 0
		for range 500 {
			var k Key
			k.SetAddrs4(1, 10<<24)
			k.SetProto(6)
			k.SetPorts(uint16(r.IntN(1<<16)>>r.IntN(8)), uint16(r.IntN(1<<16)))
			a, b := v.steps(&k)
			most, longest = max(most, a), max(longest, b)
		}
		if s.Len() != n || s.live > c.lines*n || longest > c.longest || most > c.most {
			t.Errorf("%s: %d rules in %d lines; packets pass %d, %d of them of one chain; want %+v", c.name, s.Len(), s.live, most, longest, c)
		}
	}
}

// TestEveryLineGoes: of rules in parts and aside nothing is left when they have gone.
func TestEveryLineGoes(t *testing.T) {
	for _, c := range rangeSets {
		const n = 400
		s, r := c.build(n), rand.New(rand.NewPCG(1, 1))
		s.Commit()
		for i := range n {
			m := c.match(r, i)
			if !s.Delete(&m, uint64(i+1)<<32, uint32(i)) || s.Delete(&m, uint64(i+1)<<32, uint32(i)) {
				t.Fatalf("%s: rule %d was not there once", c.name, i)
			}
		}
		s.dirty = false // as a Commit does, which would compact
		s.Reclaim()
		s.Reclaim()
		if s.Len() != 0 || s.live != 0 || len(s.entries) != 0 || len(s.freeGroups) != max(len(s.groups)-1, 0) || len(s.free) != int(s.used)-1 {
			t.Errorf("%s: %d rules, %d lines, %d entries, %d of %d groups, %d free lines of %d are left", c.name, s.Len(), s.live, len(s.entries),
				len(s.freeGroups), len(s.groups), len(s.free), s.used-1)
		}
		for i := range s.tables {
			if s.tables[i].lines != 0 {
				t.Errorf("%s: table %d counts %d lines", c.name, i, s.tables[i].lines)
			}
		}
	}
}

// TestRangesBuild: what an Insert does is bounded by its parts and by the length of chains. Neither grows with the rules.
func TestRangesBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	for _, c := range rangeSets[1:3] {
		n, longest := 16000, uint32(0)
		s := c.build(n)
		for i := range s.tables {
			each(s.tables[i].buckets, func(w uint64) { longest = max(longest, s.notes[uint32(w)].chain) })
		}
		if s.live > c.lines*n || longest > uint32(c.longest) {
			t.Errorf("%s: %d rules in %d lines, up to %d in a chain; want %+v", c.name, n, s.live, longest, c)
		}
	}
}

package ethernet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// frame makes a frame of tags, each type and VLAN, and what is behind them.
func frame(tags []Tag, kind uint16, more int) []byte {
	p := append(make([]byte, 12), tagBytes(tags)...)
	return append(binary.BigEndian.AppendUint16(p, kind), make([]byte, more)...)
}

// slow is the golden twin of find: which of the matches takes a frame with these tags, of which the first ones count.
func slow(list map[uint32]Match, wire bool, tags []Tag) (swIf uint32, ok bool) {
	n := 0
	for n < len(tags) && (n == 0 || tags[n].Type == 0x8100) {
		n++
	}
	only := func(want func(m Match) bool) uint32 {
		for swIf, m := range list {
			if want(m) {
				return swIf
			}
		}
		return 0
	}
	none := n == 0 || n == 1 && tags[0].VLAN == 0
	if none {
		if n == 1 {
			if at := only(func(m Match) bool { return m.Default }); at != 0 {
				return at, true
			}
		}
		return only(func(m Match) bool { return !m.Default && m.Tags == 0 }), true
	}
	outer := func(m Match) bool {
		return !m.Default && m.Tags > 0 && m.Outer == tags[0].VLAN && m.Dot1AD == (tags[0].Type == 0x88a8)
	}
	for _, want := range []func(m Match) bool{
		func(m Match) bool {
			return outer(m) && m.Tags == 2 && !m.InnerAny && n >= 2 && m.Inner == tags[1].VLAN && (n == 2 || !m.Exact)
		},
		func(m Match) bool { return outer(m) && m.Tags == 2 && m.InnerAny && n >= 2 && (n == 2 || !m.Exact) },
		func(m Match) bool { return outer(m) && m.Tags == 1 && (n == 1 || !m.Exact) },
		func(m Match) bool { return m.Default },
	} {
		if at := only(want); at != 0 {
			return at, true
		}
	}
	return 0, wire
}

func TestFindAgainstATwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	types := []uint16{0x8100, 0x8100, 0x88a8, 0x9100}
	found := 0
	for range 300 {
		list := map[uint32]Match{}
		for id := uint32(1); id < 12; id++ {
			m := Match{Tags: r.IntN(3), Outer: uint16(1 + r.IntN(3)), Inner: uint16(1 + r.IntN(3)), Dot1AD: r.IntN(3) == 0, InnerAny: r.IntN(3) == 0, Exact: r.IntN(2) == 0}
			if m.Tags == 0 {
				m.Default = r.IntN(2) == 0
			}
			taken := false
			for _, o := range list {
				taken = taken || m.sameFrames(&o)
			}
			if !taken && r.IntN(3) > 0 {
				list[id] = m
			}
		}
		e := entry{subs: build(list), wire: r.IntN(2) == 0}
		for range 200 {
			var tags []Tag
			for range r.IntN(4) {
				tags = append(tags, Tag{types[r.IntN(len(types))], uint16(r.IntN(4))})
			}
			p := frame(tags, 0x800, 40)
			var m buffer.Meta
			packet.Ethernet(p, &m)
			wantIf, wantOK := slow(list, e.wire, tags)
			gotIf, gotOK := e.find(keyOf(p, &m))
			if gotIf != wantIf || gotOK != wantOK {
				t.Fatalf("%v in %v: %d, %v; want %d, %v", tags, list, gotIf, gotOK, wantIf, wantOK)
			}
			if gotIf != 0 {
				found++
			}
		}
	}
	if found < 1000 {
		t.Errorf("%d of 60000 found one", found)
	}
}

// Frames that begin no new run have the same key.
func FuzzRuns(f *testing.F) {
	f.Add(frame([]Tag{{0x8100, 5}}, 0x800, 30), frame([]Tag{{0x8100, 5}, {0x8100, 6}}, 0x800, 30))
	f.Add(frame([]Tag{{0x8100, 5}}, 0x800, 0), frame([]Tag{{0x8100, 6}}, 0x800, 0))
	f.Add(frame([]Tag{{0x8100, 5}, {0x8100, 6}, {0x8100, 7}}, 0x800, 0), frame([]Tag{{0x88a8, 5}, {0x8100, 6}, {0x88a8, 7}}, 0x800, 0))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var m, n buffer.Meta
		if packet.Ethernet(a, &m) != packet.FaultNone || packet.Ethernet(b, &n) != packet.FaultNone {
			return
		}
		if rawTags(a) == rawTags(b) && m.EtherType == n.EtherType && m.VLANs == n.VLANs && keyOf(a, &m) != keyOf(b, &n) {
			t.Errorf("% x and % x: keys %x and %x", a[:min(len(a), 26)], b[:min(len(b), 26)], keyOf(a, &m), keyOf(b, &n))
		}
	})
}

// Tags are taken away and put in as bytes say it, and the metadata goes with them; a frame that has too few stays as it is.
func TestSwapAgainstATwin(t *testing.T) {
	pool, err := buffer.New(1, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	v := pool.View()
	for op := RewriteOp(0); op < numOps; op++ {
		for tags := range 4 {
			r := Rewrite{Op: op, Dot1Q: op%2 == 0, Tag1: 0x123, Tag2: 0x456}
			in, out := r.swaps(&Match{Tags: 2, Outer: 0x111, Inner: 0x222})
			for _, s := range []swap{in, out} {
				p := frame([]Tag{{0x8100, 1}, {0x8100, 2}, {0x8100, 3}}[:tags], 0x800, 30)
				pool.Put(0, p)
				m := v.Meta(0)
				packet.Ethernet(pool.Bytes(0), m)
				l3 := int(m.L3)
				ok := s.apply(v, 0, m)
				if want := min(tags, 2)*4 >= int(s.pop); ok != want {
					t.Fatalf("%v of %d tags: %v", r, tags, ok)
				}
				want := p
				if ok {
					want = append(append(bytes.Clone(p[:12]), s.tags[:s.push]...), p[12+s.pop:]...)
					l3 += int(s.push) - int(s.pop)
				}
				if got := pool.Bytes(0); !bytes.Equal(got, want) || int(m.L3) != l3 {
					t.Errorf("%v of %d tags: L3 %d, % x, want %d, % x", r, tags, m.L3, got, l3, want)
				}
			}
		}
	}
}

func TestSwapAllocatesNothing(t *testing.T) {
	pool, err := buffer.New(1, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	v := pool.View()
	r := Rewrite{Op: Translate12, Dot1Q: true, Tag1: 5, Tag2: 6}
	in, out := r.swaps(&Match{Tags: 1, Outer: 7})
	pool.Put(0, frame([]Tag{{0x8100, 7}}, 0x800, 30))
	m := v.Meta(0)
	packet.Ethernet(pool.Bytes(0), m)
	if n := testing.AllocsPerRun(100, func() {
		if !in.apply(v, 0, m) || !out.apply(v, 0, m) {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMatchesInWords(t *testing.T) {
	for want, m := range map[string]Match{
		"untagged": {}, "default": {Default: true}, "dot1q 5": {Tags: 1, Outer: 5}, "dot1ad 5 inner-dot1q any": {Tags: 2, Outer: 5, Dot1AD: true, InnerAny: true},
		"dot1q 5 inner-dot1q 6 exact-match": {Tags: 2, Outer: 5, Inner: 6, Exact: true},
	} {
		if got := m.String(); got != want || m.check() != nil {
			t.Errorf("%q, %v; want %q", got, m.check(), want)
		}
	}
	for _, m := range []Match{{Tags: 3}, {Tags: 1}, {Tags: 1, Outer: 4096}, {Tags: 2, Outer: 5}, {Tags: 1, Outer: 5, Default: true}} {
		if m.check() == nil {
			t.Errorf("%+v", m)
		}
	}
	if got := (Rewrite{Op: 99}).String(); got != "operation 99" {
		t.Error(got)
	}
}

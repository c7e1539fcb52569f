package tuple_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// ruled is a rule of the twin: what Insert was given.
type ruled struct {
	m     tuple.Match
	label uint64
	rule  uint32
}

// world makes matches and keys of a small world, so that they meet; of one family.
type world struct {
	*rand.Rand
	ip6    bool
	ranges bool // few addresses, many ranges of ports: rules get crowded
}

func (w world) address() (hi, lo uint64) {
	if w.ip6 {
		return 0x20010db8<<32 | uint64(w.IntN(3))<<16 | uint64(w.IntN(2)), uint64(w.IntN(3)) << 62 >> (w.IntN(2) * 61)
	}
	return 0, uint64(10)<<24 | uint64(w.IntN(3))<<16 | uint64(w.IntN(2))<<9 | uint64(w.IntN(4))
}

func (w world) match() tuple.Match {
	if w.ranges && w.IntN(8) > 0 {
		return w.rangeMatch()
	}
	m := tuple.Any()
	for _, set := range []struct {
		set4 func(uint32, uint8)
		set6 func(uint64, uint64, uint8)
	}{{m.SetSrc4, m.SetSrc6}, {m.SetDst4, m.SetDst6}} {
		hi, lo := w.address()
		switch {
		case w.IntN(4) == 0:
		case w.ip6:
			set.set6(hi, lo, []uint8{0, 1, 32, 47, 48, 49, 63, 64, 65, 96, 127, 128}[w.IntN(12)])
		default:
			set.set4(uint32(lo), []uint8{0, 1, 7, 8, 15, 16, 22, 23, 24, 25, 31, 32}[w.IntN(12)])
		}
	}
	port := func() uint16 { return []uint16{0, 1, 80, 1023, 1024, 1030, 2047, 2048, 40000, 65535}[w.IntN(10)] }
	switch w.IntN(6) {
	case 0:
	case 1:
		m.SetProto(1)
		m.SetICMP(uint8(w.IntN(3)), w.IntN(3)-1)
	case 2:
		m.SetProto(uint8(w.IntN(20)))
		if w.IntN(2) == 0 {
			m.SetPiece()
		}
	default:
		m.SetProto([]uint8{6, 17}[w.IntN(2)])
		a, b, c, d := port(), port(), port(), port()
		if w.IntN(2) == 0 {
			a, b = 0, 65535
		}
		if w.IntN(2) == 0 {
			c = d
		}
		m.SetPorts(min(a, b), max(a, b), min(c, d), max(c, d))
		if w.IntN(3) == 0 {
			m.SetFlags(uint8(w.IntN(4)), uint8(w.IntN(4)))
		}
	}
	if w.IntN(3) == 0 {
		m.SetClasses(uint8(w.IntN(256)))
	}
	return m
}

func (w world) key() (k tuple.Key) {
	k.SetClass(uint8(w.IntN(8)))
	srcHi, srcLo := w.address()
	dstHi, dstLo := w.address()
	if w.ip6 {
		k.Addr = [4]uint64{srcHi, srcLo, dstHi, dstLo}
	} else {
		k.SetAddrs4(uint32(srcLo), uint32(dstLo))
	}
	kind := w.IntN(6)
	if w.ranges && kind < 4 {
		k.SetProto(6)
		k.SetPorts(w.edge()+uint16(w.IntN(3))-1, w.edge()+uint16(w.IntN(3))-1)
		k.SetFlags(uint8(w.IntN(8)))
		return k
	}
	switch kind {
	case 0:
	case 1:
		k.SetProto(1)
		k.SetICMP(uint8(w.IntN(3)), uint8(w.IntN(3)))
	case 2:
		k.SetProto(uint8(w.IntN(20)))
	case 3:
		k.SetProto(uint8(w.IntN(20)))
		k.SetPiece()
	default:
		k.SetProto([]uint8{6, 17}[w.IntN(2)])
		k.SetPorts([]uint16{0, 1, 80, 1023, 1024, 2054, 40000, 65535}[w.IntN(8)], []uint16{0, 80, 1024, 1030, 2048, 3071, 65535}[w.IntN(7)])
		if w.IntN(2) == 0 {
			k.SetFlags(uint8(w.IntN(4)))
		}
	}
	return k
}

// first is the twin's answer.
func first(rules []ruled, k *tuple.Key) uint32 {
	for i := range rules {
		if rules[i].m.Matches(k) {
			return rules[i].rule
		}
	}
	return tuple.None
}

// twin is a set and its rules in order.
type twin struct {
	world
	set   *tuple.Set
	rules []ruled
	next  uint32
}

func (t *twin) insert() {
	t.put(ruled{t.match(), t.Uint64() >> 1, t.next})
}

func (t *twin) put(r ruled) {
	t.next++
	at, there := slices.BinarySearchFunc(t.rules, r.label, func(x ruled, l uint64) int {
		if x.label < l {
			return -1
		}
		return min(int(x.label-l), 1)
	})
	if !there {
		t.rules = slices.Insert(t.rules, at, r)
		t.set.Insert(&r.m, r.label, r.rule)
	}
}

func (t *twin) delete(tb testing.TB) {
	if len(t.rules) == 0 {
		return
	}
	t.remove(tb, t.IntN(len(t.rules)))
}

func (t *twin) remove(tb testing.TB, at int) {
	r := t.rules[at]
	t.rules = slices.Delete(t.rules, at, at+1)
	if !t.set.Delete(&r.m, r.label, r.rule) {
		tb.Fatalf("%+v is not there", r)
	}
	if t.set.Delete(&r.m, r.label, r.rule) {
		tb.Fatalf("%+v has been there twice", r)
	}
}

// differs looks n random packets up, alone and in a vector, and says what differs from the rules that the view was made of.
func (w world) differs(s *tuple.Scratch, v *tuple.View, rules []ruled, n int) string {
	keys, out := make([]tuple.Key, n), make([]uint32, n)
	for i := range keys {
		keys[i] = w.key()
	}
	v.FindAll(s, keys, out)
	for i := range keys {
		want := first(rules, &keys[i])
		if got := v.Find(&keys[i]); got != want || out[i] != want {
			return fmt.Sprintf("%+v: %d alone, %d in a vector, want %d of %d rules", keys[i], int32(got), int32(out[i]), int32(want), len(rules))
		}
	}
	return ""
}

// agree holds a view against the rules that it was made of.
func (t *twin) agree(tb testing.TB, v *tuple.View, rules []ruled) {
	tb.Helper()
	var s tuple.Scratch
	if d := t.differs(&s, v, rules, 1+t.IntN(tuple.VectorSize)); d != "" {
		tb.Fatal(d)
	}
}

// moves gives some rules new labels between the same neighbours, as relabelling does: they go and come.
func (t *twin) moves(tb testing.TB) {
	for range t.IntN(4) {
		if len(t.rules) == 0 {
			return
		}
		at := t.IntN(len(t.rules))
		r, low, high := &t.rules[at], uint64(0), uint64(1)<<63
		if at > 0 {
			low = t.rules[at-1].label
		}
		if at+1 < len(t.rules) {
			high = t.rules[at+1].label
		}
		if high-low < 4 {
			continue
		}
		if !t.set.Delete(&r.m, r.label, r.rule) {
			tb.Fatalf("%+v is not there", *r)
		}
		r.label = low + 1 + t.Uint64N(high-low-1)
		t.set.Insert(&r.m, r.label, r.rule)
	}
}

// surge fills the set and empties it again: many lines, few rules.
func (t *twin) surge(tb testing.TB, n int) {
	keep := len(t.rules)
	for range n {
		t.insert()
	}
	for len(t.rules) > keep {
		t.delete(tb)
	}
}

// past is a view and the rules that it was made of.
type past struct {
	v     *tuple.View
	rules []ruled
}

// churn changes a set of up to most rules, up to step at a time, and holds its views against the twin of their time: each
// view until Reclaim, the last one until the next Reclaim.
func (t *twin) churn(tb testing.TB, rounds, most, step int) {
	views, goal := []past{{t.set.Commit(), nil}}, 0
	for range rounds {
		if t.IntN(100) < 10-most/40 {
			goal = t.IntN(most + 1)
		}
		for range t.IntN(step + 1) {
			if (len(t.rules) < goal) == (t.IntN(4) > 0) {
				t.insert()
			} else {
				t.delete(tb)
			}
		}
		t.moves(tb)
		if t.IntN(100) == 0 {
			t.surge(tb, 70+t.IntN(200))
		}
		if len(views) == 1 { // with changes that the last view does not have, it must leave all alone
			t.set.Reclaim()
			t.set.Reclaim()
		}
		if t.IntN(4) > 0 {
			views = append(views, past{t.set.Commit(), slices.Clone(t.rules)})
		}
		old, last := views[t.IntN(len(views))], views[len(views)-1]
		t.agree(tb, old.v, old.rules)
		t.agree(tb, last.v, last.rules)
		if t.set.Len() != len(t.rules) {
			tb.Fatalf("%d rules, want %d", t.set.Len(), len(t.rules))
		}
		if t.IntN(3) == 0 {
			views = append(views[:0], past{t.set.Commit(), slices.Clone(t.rules)})
			t.set.Reclaim()
			t.agree(tb, views[0].v, t.rules)
		}
	}
}

// TestChanges: after any changes the set agrees with the twin, and so does each older view with the twin of its time until
// Reclaim. Once with hundreds of rules, once around the number that views compare one by one.
func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		rounds, most, step int
		ranges             bool
	}{"many": {800, 300, 20, false}, "few": {6000, 8, 3, false}, "ranges": {600, 300, 20, true}, "few ranges": {1500, 40, 15, true}} {
		if testing.Short() {
			c.rounds /= 25
		}
		for _, ip6 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/ip6=%v", name, ip6), func(t *testing.T) {
				tw := newTwin(1, ip6)
				tw.ranges = c.ranges
				tw.churn(t, c.rounds, c.most, c.step)
			})
		}
	}
}

func newTwin(seed uint64, ip6 bool) *twin {
	return &twin{world: world{rand.New(rand.NewPCG(seed, 7)), ip6, false}, set: tuple.New(ip6, 5)}
}

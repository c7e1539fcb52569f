package tuple_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
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
	ip6 bool
}

func (w world) address() (hi, lo uint64) {
	if w.ip6 {
		return 0x20010db8<<32 | uint64(w.IntN(3))<<16 | uint64(w.IntN(2)), uint64(w.IntN(3)) << 62 >> (w.IntN(2) * 61)
	}
	return 0, uint64(10)<<24 | uint64(w.IntN(3))<<16 | uint64(w.IntN(2))<<9 | uint64(w.IntN(4))
}

func (w world) match() tuple.Match {
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
	return m
}

func (w world) key() (k tuple.Key) {
	srcHi, srcLo := w.address()
	dstHi, dstLo := w.address()
	if w.ip6 {
		k.Addr = [4]uint64{srcHi, srcLo, dstHi, dstLo}
	} else {
		k.SetAddrs4(uint32(srcLo), uint32(dstLo))
	}
	switch w.IntN(6) {
	case 0:
	case 1:
		k.SetProto(1)
		k.SetICMP(uint8(w.IntN(3)), uint8(w.IntN(3)))
	case 2:
		k.SetProto(uint8(w.IntN(20)))
	case 3:
		k.SetProto(17)
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
	r := ruled{t.match(), t.Uint64() >> 1, t.next}
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
	at := t.IntN(len(t.rules))
	r := t.rules[at]
	t.rules = slices.Delete(t.rules, at, at+1)
	if !t.set.Delete(&r.m, r.label, r.rule) {
		tb.Fatalf("%+v is not there", r)
	}
	if t.set.Delete(&r.m, r.label, r.rule) {
		tb.Fatalf("%+v has been there twice", r)
	}
}

// agree holds a view against the rules that it was made of.
func (t *twin) agree(tb testing.TB, v *tuple.View, rules []ruled) {
	tb.Helper()
	var s tuple.Scratch
	keys, out := make([]tuple.Key, 1+t.IntN(tuple.VectorSize)), make([]uint32, tuple.VectorSize)
	for i := range keys {
		keys[i] = t.key()
	}
	v.FindAll(&s, keys, out[:len(keys)])
	for i := range keys {
		want := first(rules, &keys[i])
		if got := v.Find(&keys[i]); got != want || out[i] != want {
			tb.Fatalf("%+v: %d alone, %d in a vector, want %d of %d rules", keys[i], int32(got), int32(out[i]), int32(want), len(rules))
		}
	}
}

// TestChanges: after any changes the set agrees with the twin, and so does each older view with the twin of its time until
// Reclaim.
func TestChanges(t *testing.T) {
	rounds := 800
	if testing.Short() {
		rounds = 60
	}
	for _, ip6 := range []bool{false, true} {
		tw := &twin{world: world{rand.New(rand.NewPCG(1, 7)), ip6}, set: tuple.New(ip6, 5)}
		type past struct {
			v     *tuple.View
			rules []ruled
		}
		var views []past
		goal := 0
		for range rounds {
			if tw.IntN(100) == 0 {
				goal = tw.IntN(300)
			}
			for range tw.IntN(20) {
				if (len(tw.rules) < goal) == (tw.IntN(4) > 0) {
					tw.insert()
				} else {
					tw.delete(t)
				}
			}
			v := tw.set.Commit()
			views = append(views, past{v, slices.Clone(tw.rules)})
			old := views[tw.IntN(len(views))]
			tw.agree(t, old.v, old.rules)
			tw.agree(t, v, tw.rules)
			if tw.set.Len() != len(tw.rules) {
				t.Fatalf("%d rules, want %d", tw.set.Len(), len(tw.rules))
			}
			if tw.IntN(5) == 0 {
				tw.set.Reclaim()
				views = views[:0]
				tw.agree(t, v, tw.rules)
			}
		}
	}
}

// TestReadersBeside: readers use published views while control changes the set. What they find must be right for the view,
// under the race detector's eyes: rule n matches everything, and only the one of the view's number is there.
func TestReadersBeside(t *testing.T) {
	rounds := uint32(1000)
	if testing.Short() {
		rounds = 100
	}
	set := tuple.New(false, 1)
	type published struct {
		v    *tuple.View
		rule uint32
	}
	noise := world{rand.New(rand.NewPCG(3, 3)), false}
	any := tuple.Any()
	set.Insert(&any, 1, 0)
	var now atomic.Pointer[published]
	now.Store(&published{set.Commit(), 0})
	var at [2]atomic.Pointer[published] // what each reader uses
	var stop atomic.Bool
	var all sync.WaitGroup
	for w := range at {
		all.Go(func() {
			var s tuple.Scratch
			keys, out := make([]tuple.Key, 64), make([]uint32, 64)
			k := world{rand.New(rand.NewPCG(4, uint64(w))), false}
			for ; !stop.Load(); runtime.Gosched() {
				p := now.Load()
				at[w].Store(p)
				if now.Load() != p { // control may not have seen that it is in use
					continue
				}
				for i := range keys {
					keys[i] = k.key()
				}
				p.v.FindAll(&s, keys, out)
				for i, got := range out {
					if got != p.rule || p.v.Find(&keys[i]) != p.rule {
						t.Errorf("rule %d in the view of %d", got, p.rule)
						return
					}
				}
			}
			at[w].Store(nil)
		})
	}
	var old []ruled
	for n := uint32(1); n < rounds; n++ {
		set.Insert(&any, uint64(1+n%2), n)
		set.Delete(&any, uint64(1+(n-1)%2), n-1)
		for range 4 { // rules behind, which share tables with it
			r := ruled{noise.match(), 1<<32 + noise.Uint64()>>2, 1 << 30}
			set.Insert(&r.m, r.label, r.rule)
			old = append(old, r)
		}
		if len(old) > 400 {
			set.Delete(&old[0].m, old[0].label, old[0].rule)
			set.Delete(&old[1].m, old[1].label, old[1].rule)
			old = old[2:]
		}
		p := &published{set.Commit(), n}
		now.Store(p)
		for w := range at { // the epoch
			for u := at[w].Load(); u != nil && u != p; u = at[w].Load() {
				if t.Failed() {
					break
				}
				runtime.Gosched()
			}
		}
		set.Reclaim()
	}
	stop.Store(true)
	all.Wait()
}

package tuple_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// TestNothingAllocates: neither lookup does.
func TestNothingAllocates(t *testing.T) {
	for _, ip6 := range []bool{false, true} {
		tw := &twin{world: world{rand.New(rand.NewPCG(1, 7)), ip6}, set: tuple.New(ip6, 5)}
		for range 300 {
			tw.insert()
		}
		v, s := tw.set.Commit(), new(tuple.Scratch)
		keys, out := make([]tuple.Key, tuple.VectorSize), make([]uint32, tuple.VectorSize)
		for i := range keys {
			keys[i] = tw.key()
		}
		if n := testing.AllocsPerRun(20, func() { v.FindAll(s, keys, out) }); n != 0 {
			t.Errorf("FindAll: %v allocations", n)
		}
		if n := testing.AllocsPerRun(20, func() { v.Find(&keys[0]) }); n != 0 {
			t.Errorf("Find: %v allocations", n)
		}
	}
}

// TestManyTuples: rules of more kinds than there are tables, each of all tuples; long chains are slow, not wrong.
func TestManyTuples(t *testing.T) {
	tw := &twin{world: world{rand.New(rand.NewPCG(9, 9)), false}, set: tuple.New(false, 5)}
	for n := range 33 * 33 {
		m := tuple.Any()
		m.SetSrc4(0x0a000000, uint8(n%33))
		m.SetDst4(0x0a000000, uint8(n/33))
		r := ruled{m, uint64(n+1) << 20, uint32(n)}
		tw.set.Insert(&r.m, r.label, r.rule)
		tw.rules = append(tw.rules, r)
	}
	for range 40 {
		tw.agree(t, tw.set.Commit(), tw.rules)
		for range 20 {
			tw.delete(t)
		}
		tw.set.Reclaim()
	}
}

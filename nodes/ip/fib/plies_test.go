package fib

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gaissmai/bart"
)

// count is how many plies there are from p on, and checks what each says of itself.
func (p *ply) count(t *testing.T, depth int) (n int) {
	longer, kids := 0, 0
	for _, e := range p.at {
		switch {
		case e&hasPly != 0:
			kid := p.kids[e&0xff]
			n += kid.count(t, depth+8)
			if kid.longer == 0 {
				t.Fatalf("a ply at depth %d that is not needed", depth+8)
			}
			longer, kids = longer+1, kids+1
		case int(e>>lengthShift) > depth:
			longer++
		}
	}
	for _, kid := range p.kids {
		if kid != nil {
			kids--
		}
	}
	if longer != int(p.longer) || kids != 0 {
		t.Fatalf("at depth %d: %d longer and says %d; %d plies without a place", depth, longer, p.longer, -kids)
	}
	return n + 1
}

// Prefixes of all lengths come and go; a search finds what the other implementation finds, and a tree of before stays as it was.
func TestPliesAgainstTwin(t *testing.T) {
	seed := rand.Uint64()
	g := rand.New(rand.NewPCG(seed, 1))
	var twin bart.Table[uint32]
	var mine plies
	address := func() uint32 { // few, and close to each other
		return uint32(g.IntN(3)*127)<<24 | uint32(g.IntN(3)*127)<<16 | uint32(g.IntN(3)*127)<<8 | uint32(g.IntN(256))
	}
	as := func(a uint32) netip.Addr {
		return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
	}
	type old struct {
		Tree
		dst, want uint32
	}
	var before []old
	for n := range 20000 {
		p := netip.PrefixFrom(as(address()), g.IntN(33)).Masked()
		if _, ok := twin.Get(p); ok {
			twin.Delete(p)
			cover, forward, _ := twin.LookupPrefixLPM(p)
			mine.remove(bits4(p.Addr()), p.Bits(), forward, max(0, cover.Bits()))
		} else {
			forward := g.Uint32N(MaxForwards)
			twin.Insert(p, forward)
			mine.put(bits4(p.Addr()), p.Bits(), forward)
		}
		tree := mine.publish()
		for range 8 {
			dst := address()
			want, _ := twin.Lookup(as(dst))
			if have := tree.Lookup(dst); have != want {
				t.Fatalf("seed %d, change %d, %v: %v: %d, want %d", seed, n, p, as(dst), have, want)
			}
			before = append(before, old{tree, dst, want})
		}
		if before = before[max(0, len(before)-1000):]; n%100 == 0 {
			tree.top.count(t, 0)
			for _, o := range before {
				if have := o.Lookup(o.dst); have != o.want {
					t.Fatalf("seed %d, change %d: a tree of before has %d for %v, and had %d", seed, n, have, as(o.dst), o.want)
				}
			}
		}
	}
	for p := range twin.Clone().All() {
		twin.Delete(p)
		cover, forward, _ := twin.LookupPrefixLPM(p)
		mine.remove(bits4(p.Addr()), p.Bits(), forward, max(0, cover.Bits()))
	}
	if top := mine.publish().top; top.count(t, 0) != 1 || top.at != [256]uint32{} {
		t.Errorf("seed %d: %d plies are left without a prefix", seed, top.count(t, 0))
	}
}

// What nobody has seen is changed in place, what is published is copied once.
func TestPliesOfABatch(t *testing.T) {
	var mine plies
	mine.put(10<<24, 24, 1)
	a := mine.publish().top
	mine.put(10<<24|1<<8, 24, 2)
	b := mine.top
	mine.put(10<<24|2<<8, 24, 3)
	if a == b || b != mine.top {
		t.Errorf("%p %p %p: want another one, and that again", a, b, mine.top)
	}
	if n := testing.AllocsPerRun(10, func() { mine.put(10<<24|3<<8, 24, 4) }); n > 1 {
		t.Errorf("%v allocations for a change in a batch", n)
	}
}

package fib

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// million is 2^20 routes, of lengths as the internet has them, each by one of 64 neighbours or two of them.
func million() []Change {
	g := rand.New(rand.NewPCG(1, 2))
	seen := map[netip.Prefix]bool{}
	var list []Change
	for len(list) < 1<<20 {
		bits := 24
		if g.IntN(5) < 2 {
			bits = 12 + g.IntN(12)
		}
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], g.Uint32())
		p := netip.PrefixFrom(netip.AddrFrom4(a), bits).Masked()
		if a[0] == 0 || a[0] == 10 || a[0] >= 224 || seen[p] {
			continue
		}
		seen[p] = true
		paths := []Path{{SwIf: 1 + g.Uint32N(2), Via: netip.AddrFrom4([4]byte{10, 0, 0, byte(g.IntN(32))})}}
		if g.IntN(4) == 0 {
			paths = append(paths, Path{SwIf: 3, Via: netip.AddrFrom4([4]byte{10, 1, 0, byte(1 + g.IntN(32))})})
		}
		list = append(list, Change{Prefix: p, Paths: paths})
	}
	for i := range list {
		if list[i].Paths[0].Via.As4()[3] == 0 {
			list[i].Paths[0].Via = netip.AddrFrom4([4]byte{10, 0, 0, 200})
		}
	}
	return list
}

// load applies changes in batches of n, as a client would.
func load(t testing.TB, r *rig, list []Change, n int) {
	for i := 0; i < len(list); i += n {
		if err := r.apply(false, 0, list[i:min(i+n, len(list))]...); err != nil {
			t.Fatal(err)
		}
		r.epochs.pass()
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMillionRoutes(t *testing.T) {
	if testing.Short() {
		t.Skip("a million routes: left out by -short")
	}
	list := million()
	r := newRig(t)
	before, start := heap(), time.Now()
	load(t, r, list, 1<<16)
	took := time.Since(start)
	bytes := heap() - before
	t.Logf("%d routes in %v, %d bytes each; %+v", len(list), took, bytes/uint64(len(list)), r.Sizes())
	if n := r.Sizes(); n.Routes != len(list)+8 || n.Forwards > 64*33+64+2 || n.Hops > 64+33+2 {
		t.Errorf("%+v", n)
	}
	if took > 60*time.Second || bytes > 600<<20 {
		t.Errorf("%v, %d MiB", took, bytes>>20)
	}
	g := rand.New(rand.NewPCG(3, 4))
	s := r.Snapshot()
	for range 20000 { // a prefix's own address finds it, or a longer one of the same address
		c := &list[g.IntN(len(list))]
		a := c.Prefix.Addr().As4()
		route, ok := s.Get(false, 0, netip.PrefixFrom(c.Prefix.Addr(), 32), true)
		if !ok || route.Prefix.Bits() < c.Prefix.Bits() || !route.Prefix.Overlaps(c.Prefix) {
			t.Fatalf("%v: %v", c.Prefix, route)
		}
		n := s.Lookup4(0, binary.BigEndian.Uint32(a[:]))
		if len(s.Forward(n).Hops) != len(route.Hops) || route.Prefix == c.Prefix && len(s.Forward(n).list[0].paths) != len(c.Paths) {
			t.Fatalf("%v", c.Prefix)
		}
	}
	start = time.Now()
	for i := range 1000 { // with workers at their snapshots, which stay what they were
		c := list[i]
		c.Delete, c.Paths = true, nil
		r.ok(r.apply(false, 0, c))
	}
	t.Logf("%v a route deleted, each published", time.Since(start)/1000)
	if n := r.Sizes().Routes; n != len(list)+8-1000 {
		t.Errorf("%d routes", n)
	}
	if route, ok := s.Get(false, 0, list[0].Prefix, false); !ok || route.Prefix != list[0].Prefix {
		t.Error("an old snapshot has changed")
	}
	for i := range list {
		list[i].Delete, list[i].Paths = true, nil
	}
	load(t, r, list[1000:], 1<<16)
	if n := r.Sizes(); n.Routes != 8 || n.Forwards != 2 || n.Hops != 2 {
		t.Errorf("%+v", n)
	}
}

// The last route that there is room for, and the next one, which is refused and changes nothing.
func TestRoutesAreBounded(t *testing.T) {
	r := newRig(t)
	r.count = MaxRoutes - 1 // as if they were there
	done, err := r.Apply(false, 0, Change{Prefix: netip.MustParsePrefix("20.0.0.0/8"), Paths: paths("1/10.0.0.2")},
		Change{Prefix: netip.MustParsePrefix("30.0.0.0/8"), Paths: paths("1/10.0.0.2")})
	if done != 1 || !errors.Is(err, ErrFull) || !strings.Contains(fmt.Sprint(err), "30.0.0.0/8 would be one route more than 4194304") {
		t.Errorf("%d done, %v", done, err)
	}
	r.ways(map[string]string{"20.0.0.1": "resolve 1/10.0.0.2", "30.0.0.1": "drop"})
	r.ok(r.add("20.0.0.0/8", "2/10.1.0.2")) // one more path is no route more
	r.ok(r.del("20.0.0.0/8", ""))
	r.ok(r.add("30.0.0.0/8", "1/10.0.0.2"))
}

// One route more or less among a million, published.
func BenchmarkUpdate(b *testing.B) {
	list := million()
	r := newRig(b)
	load(b, r, list, 1<<16)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		c := list[i/2*7919%len(list)]
		if c.Delete = i%2 == 0; c.Delete {
			c.Paths = nil
		}
		if err := r.apply(false, 0, c); err != nil {
			b.Fatal(err)
		}
		r.epochs.pass()
	}
}

// Addresses of routes, none twice in a row: what a worker pays when its cache does not know an address.
func BenchmarkLookup(b *testing.B) {
	for name, n := range map[string]int{"few": 64, "million": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			list := million()[:n]
			r := newRig(b)
			load(b, r, list, 1<<16)
			s := r.Snapshot()
			to := make([]uint32, n)
			for i := range to {
				a := list[i].Prefix.Addr().As4()
				to[i] = binary.BigEndian.Uint32(a[:])
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				s.Lookup4(0, to[i*7919%n])
			}
		})
	}
}

func TestLookupsAllocateNothing(t *testing.T) {
	r := newRig(t)
	r.configure(1, "10.0.0.1/24", "2001:db8::1/64")
	s := r.Snapshot()
	a := netip.MustParseAddr("2001:db8::7").As16()
	if n := testing.AllocsPerRun(100, func() {
		s.Hop(s.Forward(s.Lookup4(uint32(s.Table4(1)), 0x0a000007)).Hops[0])
		s.Hop(s.Forward(s.Lookup6(uint32(s.Table6(1)), &a)).Hops[0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

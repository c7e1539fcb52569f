package flow

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// patterns are sets of keys as traffic, or a scan, makes them; n counts up.
var patterns = map[string]func(n uint32) Key4{
	"clients":      func(n uint32) Key4 { return made4(0x0a000000+n, 0xc0a80001, 40000, 443) },
	"clients, odd": func(n uint32) Key4 { return made4(0x0a000000+n<<8, 0xc0a80001, 40000, 443) },
	"source ports": func(n uint32) Key4 { return made4(0x0a000001+n>>14, 0xc0a80001, uint16(n), 443) },
	"port scan":    func(n uint32) Key4 { return made4(0x0a000001, 0xc0a80001+n>>14, 40000, uint16(n)) },
	"subnets":      func(n uint32) Key4 { return made4(0x0a000000+n>>8, 0xc0a80000+n&255, 5000, 5000) },
	"powers":       func(n uint32) Key4 { return made4(n<<16, 0xffffffff, 0, 0) },
}

func made4(src, dst uint32, sport, dport uint16) Key4 {
	k, _ := MakeKey4(src, dst, sport, dport, 0, 6, 0)
	return k
}

// widen makes an IPv6 key of an IPv4 one.
func widen(k Key4) Key6 {
	w := Key6{Port: k.Port, Proto: k.Proto}
	for i, a := range k.Addr {
		copy(w.Addr[i][:], []byte{0x20, 1, 0xd, 0xb8})
		binary.BigEndian.PutUint32(w.Addr[i][12:], a)
	}
	return w
}

// Buckets and fingerprints fill evenly whatever the keys have in common, for every seed.
func TestHashSpread(t *testing.T) {
	const keys, cells = 1 << 15, 1 << 12
	for name, key := range patterns {
		for seed := range uint64(16) {
			s := newSeeds(seed + 1)
			var low4, high4, low6, high6 [cells]uint32
			for n := range uint32(keys) {
				k := key(n)
				w := widen(k)
				a := hash4(&s, (*words4)(unsafe.Pointer(&k)))
				b := hash6(&s, (*words6)(unsafe.Pointer(&w)))
				low4[a>>6%cells]++
				high4[a>>52]++
				low6[b>>6%cells]++
				high6[b>>52]++
			}
			for i, h := range [][cells]uint32{low4, high4, low6, high6} {
				// chi-square by degrees of freedom: 1 for a random function, deviation 0.022; evener is welcome
				if x := chi(h[:], keys); x > 1.15 {
					t.Errorf("%s, seed %d: %s fill unevenly: %.2f", name, seed, [...]string{"buckets 4", "fingerprints 4", "buckets 6", "fingerprints 6"}[i], x)
				}
			}
		}
	}
}

func chi(count []uint32, n int) (x float64) {
	want := float64(n) / float64(len(count))
	for _, c := range count {
		x += (float64(c) - want) * (float64(c) - want) / want
	}
	return x / float64(len(count))
}

// Both directions of a session have one key, and say which they are.
func TestMakeKey(t *testing.T) {
	a, as := MakeKey4(1, 2, 30, 40, 5, 6, 7)
	b, bs := MakeKey4(2, 1, 40, 30, 5, 6, 7)
	if a != b || as || !bs || a != (Key4{[2]uint32{1, 2}, [2]uint16{30, 40}, 5, 6, 7}) {
		t.Error(a, as, b, bs)
	}
	a, as = MakeKey4(9, 9, 2, 1, 0, 17, 0)
	b, bs = MakeKey4(9, 9, 1, 2, 0, 17, 0)
	if a != b || !as || bs {
		t.Error(a, as, b, bs)
	}
	lo, hi := [16]byte{0: 1, 15: 9}, [16]byte{0: 1, 8: 1}
	c, cs := MakeKey6(&lo, &hi, 30, 40, 5, 6, 7)
	d, ds := MakeKey6(&hi, &lo, 40, 30, 5, 6, 7)
	if c != d || cs || !ds || c != (Key6{[2][16]byte{lo, hi}, [2]uint16{30, 40}, 5, 6, 7}) {
		t.Error(c, cs, d, ds)
	}
	if e, es := MakeKey6(&lo, &lo, 2, 1, 0, 6, 0); !es || e.Port != [2]uint16{1, 2} {
		t.Error(e, es)
	}
}

// A fingerprint is never 0, or an empty lane would match.
func TestPattern(t *testing.T) {
	for fp := range uint64(1 << 16) {
		want := max(fp, 1)
		if got := pattern(fp<<48 | 12345); got != want|want<<16|want<<32|want<<48 {
			t.Fatalf("pattern of %#x: %#x", fp, got)
		}
	}
}

// match finds exactly the lanes that match, first at least the lowest, and lane their numbers.
func TestMatch(t *testing.T) {
	for _, other := range []uint64{0, 1, 2, 3, 0x7fff, 0x8000, 0xffff} {
		for _, fp := range []uint64{1, 2, 0x7fff, 0x8000, 0xffff} {
			for set := range 1 << lanes {
				var b bucket
				for s := range uintptr(lanes) {
					b.mark(s, pattern(fp<<48)*(uint64(set)>>s&1)|other*ones*(^uint64(set)>>s&1))
				}
				want, lowest := uintptr(set), uintptr(link)
				if other == fp {
					want = 1<<lanes - 1
				}
				var got uintptr
				for m := b.match(pattern(fp << 48)); m != 0; m &= m - 1 {
					got |= 1 << lane(m)
				}
				for s := uintptr(lanes); s > 0; s-- {
					if want>>(s-1)&1 != 0 {
						lowest = s - 1
					}
				}
				if f := lane(b.first(pattern(fp << 48))); got != want || f != lowest {
					t.Fatalf("%#x among %#x in lanes %b: match %b, first %d", fp, other, set, got, f)
				}
			}
		}
	}
}

// Keys that differ in any one bit are not equal, whatever else they hold.
func TestEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var a words6
		for i := range a {
			a[i] = r.Uint64() | r.Uint64()
		}
		same := a
		if !equal((*Key6)(unsafe.Pointer(&a)), (*Key6)(unsafe.Pointer(&same))) || !equal((*Key4)(unsafe.Pointer(&a)), (*Key4)(unsafe.Pointer(&same))) {
			t.Fatal("a key is not equal to itself")
		}
		for bit := range len(a) * 64 {
			b := a
			b[bit/64] ^= 1 << (bit % 64)
			if equal((*Key6)(unsafe.Pointer(&a)), (*Key6)(unsafe.Pointer(&b))) {
				t.Fatalf("bit %d of an IPv6 key does not count", bit)
			}
			if bit < 128 && equal((*Key4)(unsafe.Pointer(&a)), (*Key4)(unsafe.Pointer(&b))) {
				t.Fatalf("bit %d of an IPv4 key does not count", bit)
			}
		}
	}
}

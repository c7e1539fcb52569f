package ratelimit

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// slow is a bucket in numbers that have no end.
type slow struct {
	seen           int64
	packets, bytes *big.Int // credits
}

func (s *slow) take(l Limit, now, n int64) verdict {
	come := func(had *big.Int, r Rate) *big.Int {
		had = new(big.Int).Add(had, new(big.Int).Mul(big.NewInt(now-s.seen), new(big.Int).SetUint64(r.PerSecond)))
		if full := fullOf(r); had.Cmp(full) > 0 {
			return full
		}
		return had
	}
	s.packets, s.bytes, s.seen = come(s.packets, l.Packets), come(s.bytes, l.Bytes), now
	packet, bytes := big.NewInt(unit), big.NewInt(n*unit)
	switch {
	case l.Packets.PerSecond != 0 && s.packets.Cmp(packet) < 0:
		return overPackets
	case l.Bytes.PerSecond != 0 && s.bytes.Cmp(bytes) < 0:
		return overBytes
	}
	s.packets.Sub(s.packets, packet)
	s.bytes.Sub(s.bytes, bytes)
	return within
}

func fullOf(r Rate) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(r.Burst), big.NewInt(unit))
}

// Whatever the limit, and however long the pauses, a bucket decides as one of exact numbers does.
func TestBucketIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rates := []uint64{0, 1, 3, 7, 999, 1e6, 1e9, maxRate - 1, maxRate}
	bursts := []uint64{0, minBytes, 5000, 1e6, maxBurst}
	pauses := []int64{0, 1, 333, 1e6, 1e9, math.MaxInt32, 1 << 60}
	seen := map[verdict]int{}
	for range 500 {
		l, err := Limit{Rate{rates[1+r.IntN(8)], bursts[r.IntN(5)]}, Rate{rates[1+r.IntN(8)], bursts[r.IntN(5)]}}.filled()
		if err != nil {
			t.Fatal(err)
		}
		var b bucket
		now := int64(0)
		b.begin(address{}, 1, compile(l), now)
		twin := &slow{now, fullOf(l.Packets), fullOf(l.Bytes)}
		for range 200 {
			if pause := pauses[r.IntN(1+r.IntN(len(pauses)))]; now < 1<<61 {
				now += pause
			}
			n := 60 + r.Int64N(minBytes-60+1)
			got, want := b.take(compile(l), now, uint16(n)), twin.take(l, now, n)
			if got != want {
				t.Fatalf("%+v at %d, %d bytes: %d, want %d", l, now, n, got, want)
			}
			seen[got]++
		}
	}
	if seen[within] < 1000 || seen[overPackets] < 1000 || seen[overBytes] < 1000 {
		t.Errorf("of each kind there were %v", seen)
	}
}

// The table has room for nearly all of the sources that it is made for, wherever their addresses lie, and finds them again.
func TestRoom(t *testing.T) {
	list := *limits{}.with(1, compile(Limit{Packets: Rate{1, 1}}))
	for name, source := range map[string]func(i uint64) address{
		"neighbours":    func(i uint64) address { return address{0, 0xffff<<32 | i} },
		"networks":      func(i uint64) address { return address{0, 0xffff<<32 | i<<16} },
		"IPv6 hosts":    func(i uint64) address { return address{0x20010db8 << 32, i} },
		"IPv6 networks": func(i uint64) address { return address{0x20010db8<<32 | i, 1} },
	} {
		const n = 32768
		tab := newTable(n, plainKeys)
		var in []address
		for i := range uint64(n) {
			if b := tab.find(source(i), 1); b != nil {
				b.begin(source(i), 1, list.of(1), int64(i))
				in = append(in, b.source)
			}
		}
		if len(in) < n*98/100 {
			t.Errorf("%s: room for %d sources of %d", name, len(in), n)
		}
		for _, a := range in {
			if b := tab.find(a, 1); b == nil || b.source != a || b.swIf != 1 {
				t.Fatalf("%s: %v was not found again", name, a)
			}
		}
	}
}

package flow

import (
	"math/rand/v2"
	"testing"
)

// TestSetIsMakeKey4 drives both with random endpoints, equal ones among them.
func TestSetIsMakeKey4(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	few := func() uint32 { return []uint32{0, 1, 1 << 31, 1<<32 - 1, r.Uint32()}[r.IntN(5)] }
	for range 100_000 {
		src, dst, sport, dport := few(), few(), uint16(few()), uint16(few())
		zone, proto, kind := uint16(few()), uint8(few()), uint8(few())
		want, swapped := MakeKey4(src, dst, sport, dport, zone, proto, kind)
		var k Key4
		if got := k.Set(src, dst, sport, dport, zone, proto, kind); k != want || (got == 1) != swapped {
			t.Fatalf("Set(%x, %x, %d, %d, %d, %d, %d) = %v, %d; MakeKey4 gives %v, %v", src, dst, sport, dport, zone, proto, kind, k, got, want, swapped)
		}
	}
}

// TestSetIsMakeKey6 does the same; addresses often share their first or last eight bytes.
func TestSetIsMakeKey6(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	few := func() uint16 { return []uint16{0, 1, 1 << 15, 1<<16 - 1, uint16(r.Uint32())}[r.IntN(5)] }
	var addrs [4][16]byte
	for range 100_000 {
		for i := range addrs {
			addrs[i][r.IntN(16)] = uint8(few())
		}
		src, dst := &addrs[r.IntN(len(addrs))], &addrs[r.IntN(len(addrs))]
		sport, dport, zone, proto, kind := few(), few(), few(), uint8(few()), uint8(few())
		want, swapped := MakeKey6(src, dst, sport, dport, zone, proto, kind)
		var k Key6
		if got := k.Set(src, dst, sport, dport, zone, proto, kind); k != want || (got == 1) != swapped {
			t.Fatalf("Set(%x, %x, %d, %d, %d, %d, %d) = %v, %d; MakeKey6 gives %v, %v", src, dst, sport, dport, zone, proto, kind, k, got, want, swapped)
		}
	}
}

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

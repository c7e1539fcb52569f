//go:build !race

package packet

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestSumAVX2 holds the assembly against adding up word by word, at any place in memory.
func TestSumAVX2(t *testing.T) {
	if !sumsLong {
		t.Skip("no AVX2, or GVPP_NOASM=1")
	}
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, 1<<16)
	for _, full := range []bool{false, true} {
		for i := range b {
			if b[i] = byte(r.Uint32()); full {
				b[i] = 0xff
			}
		}
		for n := 64; n <= 1<<16-64; n += 64 + n/8&^63 {
			p := b[r.IntN(64):]
			want := uint64(0)
			for i := 0; i < n; i += 4 {
				want += uint64(binary.LittleEndian.Uint32(p[i:]))
			}
			if got := sumAVX2(unsafe.Pointer(&p[0]), uint64(n)); got != want {
				t.Fatalf("%d bytes: %#x, want %#x", n, got, want)
			}
		}
	}
}

// TestAddWords: with assembly and without, it is the same sum.
func TestAddWords(t *testing.T) {
	have := sumsLong
	defer func() { sumsLong = have }()
	b := make([]byte, 3000)
	for i := range b {
		b[i] = byte(i*i>>3) ^ 0xc3
	}
	for n := range uint64(len(b)) {
		var sums [2]uint64
		for i, asm := range []bool{true, false} {
			sumsLong = asm && have
			sums[i] = addWords(unsafe.Pointer(&b[0]), n, n<<40) % 0xffff
		}
		if want := (uint64(toHost(naiveSum(b[:n&^7]))) + n<<40) % 0xffff; sums[0] != want || sums[1] != want {
			t.Fatalf("%d bytes: %#x, without assembly %#x, want %#x", n, sums[0], sums[1], want)
		}
	}
}

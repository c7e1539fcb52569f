package flow

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// seeds are the random words that key a table's hash, so that nobody outside can choose addresses that collide.
type seeds [8]uint64

// newSeeds expands seed (splitmix64); 0 takes a random one.
func newSeeds(seed uint64) (s seeds) {
	if seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		seed = binary.LittleEndian.Uint64(b[:])
	}
	for i := range s {
		seed += 0x9e3779b97f4a7c15
		z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		s[i] = z ^ z>>31
	}
	return s
}

// fold is a 64x64 to 128 bit multiplication with the halves folded together.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hash4 and hash6 hash a normalized key. Bits 6 and up choose the bucket, the top 16 are the fingerprint. The last round
// spreads what keys have in common: without it a port scan fills buckets unevenly with many seeds (TestHashSpread).
func hash4(s *seeds, w *words4) uint64 { return fold(fold(w[0]^s[0], w[1]^s[1])^s[2], s[3]) }

func hash6(s *seeds, w *words6) uint64 { return tail6(s, head6(s, w), w) }

// head6 and tail6 are hash6 in two parts, so that both can be inlined.
func head6(s *seeds, w *words6) uint64 {
	return fold(w[0]^s[0], w[1]^s[1]) ^ fold(w[2]^s[2], w[3]^s[3])
}

func tail6(s *seeds, head uint64, w *words6) uint64 {
	return fold(fold(head^s[4], w[4]^s[5])^s[6], s[7])
}

// Hash is the hash of a key in this table.
func (t *Table[K]) Hash(k *K) uint64 {
	if unsafe.Sizeof(*k) == key4Size {
		return hash4(&t.seeds, (*words4)(unsafe.Pointer(k)))
	}
	return hash6(&t.seeds, (*words6)(unsafe.Pointer(k)))
}

// pattern is the fingerprint of a hash, never 0, in all four lanes of a word.
func pattern(h uint64) uint64 {
	fp := h >> 48
	fp += (fp - 1) >> 63 // 0 becomes 1: an empty lane must not match
	return fp * ones
}

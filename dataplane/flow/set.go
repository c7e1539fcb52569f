package flow

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Set makes k the key that MakeKey4 makes, in place, without a branch: which endpoint is the lower one is a toss-up from
// packet to packet, and a branch that guesses wrong costs more than all the rest. It returns 1 where MakeKey4 says
// swapped, else 0. The words are put together for little-endian machines, which amd64 and arm64 are.
func (k *Key4) Set(src, dst uint32, sport, dport, zone uint16, proto, kind uint8) (swapped uint8) {
	a, b := uint64(src)<<16|uint64(sport), uint64(dst)<<16|uint64(dport)
	lo, hi := min(a, b), max(a, b)
	*(*words4)(unsafe.Pointer(k)) = words4{
		lo>>16 | hi>>16<<32,
		lo&0xffff | hi&0xffff<<16 | uint64(zone)<<32 | uint64(proto)<<48 | uint64(kind)<<56,
	}
	return uint8((b - a) >> 63) // both are below 1<<48
}

// Set makes k the key that MakeKey6 makes, as Key4's Set does.
func (k *Key6) Set(src, dst *[16]byte, sport, dport, zone uint16, proto, kind uint8) (swapped uint8) {
	_, below := bits.Sub64(uint64(dport), uint64(sport), 0)
	_, below = bits.Sub64(binary.BigEndian.Uint64(dst[8:]), binary.BigEndian.Uint64(src[8:]), below)
	_, below = bits.Sub64(binary.BigEndian.Uint64(dst[:8]), binary.BigEndian.Uint64(src[:8]), below)
	s, d := (*[2]uint64)(unsafe.Pointer(src)), (*[2]uint64)(unsafe.Pointer(dst))
	x0, x1, xp := (s[0]^d[0])&-below, (s[1]^d[1])&-below, uint64(sport^dport)&-below
	*(*words6)(unsafe.Pointer(k)) = words6{
		s[0] ^ x0, s[1] ^ x1, d[0] ^ x0, d[1] ^ x1,
		uint64(sport) ^ xp | (uint64(dport)^xp)<<16 | uint64(zone)<<32 | uint64(proto)<<48 | uint64(kind)<<56,
	}
	return uint8(below)
}

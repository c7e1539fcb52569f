package packet

import (
	"encoding/binary"
	"math/bits"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Sums are kept in the machine's byte order and folded and turned around at the end: the internet checksum does not
// depend on the order of the bytes in which it was added up (RFC 1071, section 2).

// Checksum is the internet checksum of p: the complement of the sum of its 16-bit words and of initial, which is a sum
// such as PseudoSum4 or PseudoSum6 returns. It is 0 where p holds its own right checksum.
func Checksum(p []byte, initial uint32) uint16 {
	return ^toHost(fold(add64(addBytes(p), uint64(toNetwork(initial)))))
}

// PseudoSum4 is the sum of the IPv4 pseudo header, to start Checksum with: addresses in host byte order, n the bytes of
// transport header and data.
func PseudoSum4(src, dst uint32, proto uint8, n uint16) uint32 {
	return src>>16 + src&0xffff + dst>>16 + dst&0xffff + uint32(proto) + uint32(n)
}

// PseudoSum6 is the sum of the IPv6 pseudo header, to start Checksum with: n the bytes of transport header and data.
func PseudoSum6(src, dst *[16]byte, proto uint8, n uint16) uint32 {
	s := add64(binary.NativeEndian.Uint64(src[:8]), binary.NativeEndian.Uint64(src[8:]))
	d := add64(binary.NativeEndian.Uint64(dst[:8]), binary.NativeEndian.Uint64(dst[8:]))
	return uint32(toHost(fold(add64(s, d)))) + uint32(proto) + uint32(n)
}

// CompletePartial computes the checksum of a TCP or UDP packet that its sender has left to an offload: the field holds
// the folded sum of the pseudo header. It reports whether it has written the packet. A packet whose right checksum
// happens to have that value stays as it is; fragments are left alone, as senders complete them before they cut.
func CompletePartial(p []byte, m *buffer.Meta) bool {
	if m.Fragment || !m.HasPorts {
		return false
	}
	t := transportBytes(p, m)
	var field *[2]byte
	switch {
	case m.Proto == ProtoTCP && len(t) >= 20:
		field = (*[2]byte)(t[16:18])
	case m.Proto == ProtoUDP && len(t) >= 8:
		field = (*[2]byte)(t[6:8])
	default:
		return false
	}
	if binary.BigEndian.Uint16(field[:]) != pseudo(p, m, len(t)) {
		return false
	}
	sum := Checksum(t, 0) // the pseudo header's part is in the field
	if sum == 0 && m.Proto == ProtoUDP {
		sum = 0xffff // 0 would say that there is no checksum
	}
	binary.BigEndian.PutUint16(field[:], sum)
	return true
}

// pseudo is the folded sum of the pseudo header of a packet with n bytes of transport header and data.
func pseudo(p []byte, m *buffer.Meta, n int) uint16 {
	var s uint32
	if m.IsIP4 {
		src, dst := Addrs4(p, m)
		s = PseudoSum4(src, dst, m.Proto, uint16(n))
	} else {
		src, dst := Addrs6(p, m)
		s = PseudoSum6(src, dst, m.Proto, uint16(n))
	}
	return fold(uint64(s))
}

// addBytes sums p, 64 bits at a time, carries added in.
func addBytes(p []byte) (sum uint64) {
	var c uint64
	for len(p) >= 32 {
		sum, c = bits.Add64(sum, binary.NativeEndian.Uint64(p), 0)
		sum, c = bits.Add64(sum, binary.NativeEndian.Uint64(p[8:]), c)
		sum, c = bits.Add64(sum, binary.NativeEndian.Uint64(p[16:]), c)
		sum, c = bits.Add64(sum, binary.NativeEndian.Uint64(p[24:]), c)
		sum += c // cannot wrap: a sum of carried words is at most 2^64-2 where there was a carry
		p = p[32:]
	}
	for len(p) >= 8 {
		sum = add64(sum, binary.NativeEndian.Uint64(p))
		p = p[8:]
	}
	return add64(sum, addTail(p))
}

// addTail sums the last few bytes, fewer than 8; an odd one counts as followed by a zero.
func addTail(p []byte) (sum uint64) {
	if len(p) >= 4 {
		sum = uint64(binary.NativeEndian.Uint32(p))
		p = p[4:]
	}
	if len(p) >= 2 {
		sum += uint64(binary.NativeEndian.Uint16(p))
		p = p[2:]
	}
	if len(p) > 0 {
		sum += uint64(binary.NativeEndian.Uint16([]byte{p[0], 0}))
	}
	return sum
}

// add64 adds with the carry brought round.
func add64(a, b uint64) uint64 {
	s, c := bits.Add64(a, b, 0)
	return s + c
}

// fold reduces a sum to 16 bits. Only a sum of zero gives zero.
func fold(s uint64) uint16 {
	s = s>>32 + s&(1<<32-1)
	s = s>>16&0xffff + s>>32 + s&0xffff
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s)
}

// toHost turns a folded sum of words in network byte order, read in the machine's, into a number.
func toHost(s uint16) uint16 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], s)
	return binary.BigEndian.Uint16(b[:])
}

// toNetwork is the inverse of toHost for a sum that is not yet folded.
func toNetwork(s uint32) uint16 { return toHost(fold(uint64(s))) }

package packet

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// TransportVector is Transport for the packets of a vector: flaws[i] is what it says of bufs[i], FlawNone of those with FlagLooked.
// bad is how many have a flaw.
func TransportVector(v buffer.View, bufs []buffer.Index, flaws []Flaw) (bad int) {
	return flawVector(v, bufs, flaws, true)
}

// HeadersVector is Headers for the packets of a vector, as TransportVector is Transport.
func HeadersVector(v buffer.View, bufs []buffer.Index, flaws []Flaw) (bad int) {
	return flawVector(v, bufs, flaws, false)
}

func flawVector(v buffer.View, bufs []buffer.Index, flaws []Flaw, sums bool) (bad int) {
	flaws = flaws[:len(bufs)]
	clear(flaws)
	for i := 0; i < len(bufs); i++ {
		k := &plainIP4
		if v.Meta(bufs[i]).IsIP6 {
			k = &plainIP6
		}
		if i += plainTransport(v, bufs[i:], k, sums); i >= len(bufs) {
			break
		}
		m := v.Meta(bufs[i])
		if flaws[i] = flaw(v.Bytes(bufs[i], m), m, sums); flaws[i] != FlawNone {
			bad++
		}
	}
	return bad
}

// plainKind is what the plain packets of an IP version have in common: their facts without HasTCPFlags, the bytes of the IP header
// and, at its end, of the addresses.
type plainKind struct{ facts, head, addrs uint64 }

var (
	plainIP4 = plainKind{plainUDP, ip4Len, 8}
	plainIP6 = plainKind{plainUDP - 1 + 1<<8, ip6Len, 32}
)

// leastPlain is the fewest bytes of transport header and data that a plain packet has, so that what is read is there.
const leastPlain = 14

// plainTransport is Transport, or Headers where sums is false, for TCP and UDP right behind an IP header without options or
// extensions, from the first packet on until one that is not so or may have a flaw; it returns how many they are. In such a packet
// the addresses, which the checksum covers, end where the transport header begins, so that all is summed up in one go. Nothing but
// the length of the packet makes a branch that a mix of good packets would mispredict.
//
//go:noinline
func plainTransport(v buffer.View, bufs []buffer.Index, k *plainKind, sums bool) int {
	for i, b := range bufs {
		m := v.Meta(b)
		if m.Flags&buffer.FlagLooked != 0 {
			continue
		}
		facts, l4 := *(*uint64)(unsafe.Add(unsafe.Pointer(m), factsAt)), uint64(m.L4)
		n, tcp := uint64(m.End)-l4, facts>>32
		if facts&^(1<<32) != k.facts || l4-uint64(m.L3) != k.head || n-leastPlain > 1<<16 || m.End > m.Len {
			return i
		}
		p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.Bytes(b, m))), l4)
		h := (*[leastPlain]byte)(p)
		size, least, flags := uint64(binary.BigEndian.Uint16(h[4:])), uint64(udpLen), uint64(TCPAck)
		if tcp != 0 {
			size, least, flags = uint64(h[12]>>4)*4, tcpLen, uint64(h[13]&TCPFlagMask)
		}
		if size < least || size > n || TCPFlagSets>>(flags&63)&1 == 0 || (m.Proto^ProtoUDP)&^-uint8(tcp) != 0 {
			return i
		}
		if !sums {
			continue
		}
		// Times 256 is the same as turned around; the bytes behind the last whole word are the top of the word that ends with them.
		sum := (n + uint64(m.Proto)) << 8
		sum += binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, n-8))[:]) >> (^(n * 8) & 63) >> 1
		sum = addWords(unsafe.Add(p, -int(k.addrs)), n+k.addrs, sum)
		summed := uint64(binary.LittleEndian.Uint16(h[6:])) | tcp // 0: UDP without a checksum
		if sum%0xffff != 0 && summed != 0 {
			return i
		}
	}
	return len(bufs)
}

// leastLong is from how many bytes on the call of sumAVX2 costs less than it saves.
const leastLong = 256

// addWords adds the n bytes at p, less those behind the last whole word of 8, to sum, which is less than 2^63, in little-endian words.
// Of what has its right checksum the result is a multiple of 65535, and not zero where a sum is not.
func addWords(p unsafe.Pointer, n, sum uint64) uint64 {
	if n >= leastLong && sumsLong {
		long := n &^ 63
		sum += sumAVX2(p, long) // both far below 2^63
		p, n = unsafe.Add(p, long), n-long
	}
	var c uint64
	for ; n >= 32; n -= 32 {
		w := (*[32]byte)(p)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(w[:]), 0)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(w[8:]), c)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(w[16:]), c)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(w[24:]), c)
		sum, _ = bits.Add64(sum, 0, c)
		p = unsafe.Add(p, 32)
	}
	for ; n >= 8; n -= 8 {
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64((*[8]byte)(p)[:]), 0)
		sum, _ = bits.Add64(sum, 0, c)
		p = unsafe.Add(p, 8)
	}
	return sum
}

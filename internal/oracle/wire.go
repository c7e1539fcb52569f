package oracle

import (
	"hash/crc32"
	"net/netip"
)

// ends are the two addresses and ports of a dialogue; side 0 begins it.
type ends struct {
	addr [2]netip.Addr
	port [2]uint16
}

// network is what of a datagram's network header is not always the same.
type network struct {
	ext  []byte // IPv6: extension headers by number, in order
	opt  []byte // IPv4: options, a multiple of 4 bytes
	cut  int    // bytes that the datagram ends earlier
	tail int    // bytes behind the datagram's end
	bad  bool   // IPv4: header checksum wrong
}

// datagram is the IP datagram from side from that holds l4.
func (e *ends) datagram(from int, proto uint8, l4 []byte, n network) []byte {
	src, dst := e.addr[from], e.addr[1-from]
	l4 = l4[:max(0, len(l4)-n.cut)]
	var p []byte
	if src.Is4() {
		p = ip4(src, dst, proto, l4, n)
	} else {
		p = ip6(src, dst, proto, l4, n)
	}
	return append(p, make([]byte, n.tail)...)
}

func ip4(src, dst netip.Addr, proto uint8, l4 []byte, n network) []byte {
	head := 20 + len(n.opt)
	p := make([]byte, 20, head+len(l4))
	p[0] = 4<<4 | byte(head/4)
	be.PutUint16(p[2:], uint16(head+len(l4)))
	p[8], p[9] = 64, proto
	copy(p[12:], src.AsSlice())
	copy(p[16:], dst.AsSlice())
	p = append(p, n.opt...)
	sum := checksum(p, 0)
	if n.bad {
		sum ^= 0x0101
	}
	be.PutUint16(p[10:], sum)
	return append(p, l4...)
}

// ip6 puts the extension headers in front: AH of 12 bytes, the others of 8, filled up with options that say nothing.
func ip6(src, dst netip.Addr, proto uint8, l4 []byte, n network) []byte {
	p := make([]byte, 40, 40+12*len(n.ext)+len(l4))
	p[0], p[6], p[7] = 6<<4, proto, 64
	copy(p[8:], src.AsSlice())
	copy(p[24:], dst.AsSlice())
	next := 6
	for _, kind := range n.ext {
		p[next] = kind
		next = len(p)
		switch kind {
		case protoAH:
			p = append(p, proto, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
		case protoHopByHop, protoDstOpts:
			p = append(p, proto, 0, 1, 4, 0, 0, 0, 0)
		default:
			p = append(p, proto, 0, 0, 0, 0, 0, 0, 0)
		}
	}
	p = append(p, l4...)
	be.PutUint16(p[4:], uint16(len(p)-40))
	return p
}

// sealed writes the checksum of l4, where the protocol has it.
func (e *ends) sealed(proto uint8, l4 []byte) []byte {
	at := map[uint8]int{protoTCP: 16, protoUDP: 6, protoUDPLite: 6, protoICMP: 2, protoICMPv6: 2}[proto]
	if proto == protoSCTP && len(l4) >= 12 {
		be.PutUint32(l4[8:], 0)
		sum := crc32.Checksum(l4, castagnoli)
		l4[8], l4[9], l4[10], l4[11] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		return l4
	}
	if at == 0 || len(l4) < at+2 {
		return l4
	}
	be.PutUint16(l4[at:], 0)
	covered := l4
	if proto == protoUDPLite {
		if n := int(be.Uint16(l4[4:])); n >= 8 && n < len(l4) {
			covered = l4[:n]
		}
	}
	sum := checksum(covered, e.pseudo(proto, len(l4)))
	if sum == 0 && (proto == protoUDP || proto == protoUDPLite) {
		sum = 0xffff
	}
	be.PutUint16(l4[at:], sum)
	return l4
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// pseudo is the sum of the pseudo header, which ICMP has none of.
func (e *ends) pseudo(proto uint8, n int) uint32 {
	if proto == protoICMP {
		return 0
	}
	sum := uint32(proto) + uint32(n)
	for _, a := range e.addr {
		b := a.AsSlice()
		for i := 0; i < len(b); i += 2 {
			sum += uint32(be.Uint16(b[i:]))
		}
	}
	return sum
}

// checksum is the internet checksum of p and a sum before it.
func checksum(p []byte, sum uint32) uint16 {
	for ; len(p) >= 2; p = p[2:] {
		sum += uint32(be.Uint16(p))
	}
	if len(p) == 1 {
		sum += uint32(p[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

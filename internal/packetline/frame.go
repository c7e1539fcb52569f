package packetline

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
)

var be = binary.BigEndian

const (
	etherLen = 14
	tagLen   = 4
	ip4Len   = 20
	ip6Len   = 40
	ahLen    = 24

	etherIP4  = 0x0800
	etherIP6  = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8

	padByte = 0xee
)

// macs is where frames go, and where they come from, unless dmac and smac say otherwise.
var macs = [12]byte{0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01}

// frame is the line's packet.
func (l *line) frame() ([]byte, error) {
	p := append([]byte(nil), l.macs[:]...)
	for i, v := range l.vlans {
		tpid := uint16(etherVLAN)
		if i < len(l.vlans)-1 {
			tpid = etherQinQ
		}
		p = be.AppendUint16(be.AppendUint16(p, tpid), v)
	}
	head := len(p) + 2
	payload := l.payload()
	most := 65535
	switch {
	case l.ether:
		p = append(be.AppendUint16(p, l.etherType), payload...)
	case l.src.addr.Is4():
		p = append(be.AppendUint16(p, etherIP4), l.ip4(l.transport(payload))...)
	default:
		p = append(be.AppendUint16(p, etherIP6), l.ip6(l.transport(payload))...)
	}
	if !l.ether && l.dst.addr.Is6() {
		most += ip6Len
	}
	if !l.ether && len(p)-head > most {
		return nil, fmt.Errorf("len %d: want a datagram of at most %d bytes", len(payload), most)
	}
	for range l.pad {
		p = append(p, padByte)
	}
	if l.cut > len(p) {
		return nil, fmt.Errorf("cut %d: the frame has %d bytes only", l.cut, len(p))
	}
	if l.cut >= 0 {
		p = p[:l.cut]
	}
	return p, nil
}

// payload is data, followed by bytes that count up from 0, to the length asked for.
func (l *line) payload() []byte {
	n := l.length
	if n < 0 {
		n = len(l.data)
		if l.offset != 0 && n == 0 {
			n = 8
		}
	}
	p := slices.Clone(l.data[:min(n, len(l.data))])
	for i := len(p); i < n; i++ {
		p = append(p, byte(i-len(l.data)))
	}
	return p
}

// ip4 is the datagram that holds t.
func (l *line) ip4(t []byte) []byte {
	head := ip4Len + len(l.opt)
	h := make([]byte, head, head+len(t))
	h[0] = 4<<4 | byte(head/4)
	h[1] = l.tos
	be.PutUint16(h[2:], uint16(head+len(t)))
	be.PutUint16(h[4:], uint16(l.ipid))
	be.PutUint16(h[6:], l.offset)
	if l.more {
		h[6] |= 0x20
	}
	h[8], h[9] = l.ttl, l.proto
	copy(h[12:], l.src.addr.AsSlice())
	copy(h[16:], l.dst.addr.AsSlice())
	copy(h[20:], l.opt)
	sum := ^sum16(h, 0)
	if l.badsum {
		sum ^= badBits
	}
	be.PutUint16(h[10:], sum)
	return append(h, t...)
}

// covered is the part of t that the checksum covers: all, but for UDP-Lite.
func covered(proto uint8, t []byte) []byte {
	if n := int(be.Uint16(t[4:])); proto == udplite && n > 0 && n < len(t) {
		return t[:n]
	}
	return t
}

// badBits turned around make a checksum wrong.
const badBits = 0x00ff

// ip6 is the datagram that holds t behind the extension headers.
func (l *line) ip6(t []byte) []byte {
	chain := l.ext
	if l.frag && !slices.Contains(chain, fragment) {
		chain = append(slices.Clone(chain), fragment)
	}
	h := make([]byte, ip6Len)
	be.PutUint32(h, 6<<28|uint32(l.tos)<<20)
	h[6], h[7] = l.proto, l.ttl
	copy(h[8:], l.src.addr.AsSlice())
	copy(h[24:], l.dst.addr.AsSlice())
	next := 6 // where the type of the next header goes
	for _, e := range chain {
		x := append(make([]byte, 0, ahLen), l.proto, 0, 0, 0, 0, 0, 0, 0)
		switch e {
		case fragment:
			word := l.offset << 3
			if l.more {
				word |= 1
			}
			be.PutUint16(x[2:], word)
			be.PutUint32(x[4:], l.ipid)
		case hopByHop, dstOpts:
			x[2], x[3] = 1, 4 // PadN: 6 bytes
		case ah:
			x = x[:ahLen]
			x[1] = ahLen/4 - 2
		}
		h[next] = e
		next = len(h)
		h = append(h, x...)
	}
	be.PutUint16(h[4:], uint16(len(h)-ip6Len+len(t)))
	return append(h, t...)
}

// transport is what the IP datagram holds: payload, behind a header if there is one.
func (l *line) transport(payload []byte) []byte {
	if l.offset != 0 || l.raw {
		return payload
	}
	h, sumAt := l.header(len(payload))
	t := append(h, payload...)
	switch {
	case l.proto == sctp:
		binary.LittleEndian.PutUint32(t[8:], l.crc(t))
	case sumAt > 0:
		be.PutUint16(t[sumAt:], l.checksum(t))
	}
	return t
}

// crc is the CRC of t, whose field is 0, as the line wants it.
func (l *line) crc(t []byte) uint32 {
	crc := crc32.Checksum(t, crc32.MakeTable(crc32.Castagnoli))
	switch {
	case l.l4sum == "nosum":
		return 0
	case l.l4sum == "badl4sum" && crc != badBits:
		return crc ^ badBits
	case l.l4sum == "badl4sum":
		return ^crc
	}
	return crc
}

// header is the transport header for n bytes of payload, and where its internet checksum goes.
func (l *line) header(n int) (h []byte, sumAt int) {
	ports := be.AppendUint16(be.AppendUint16(nil, l.src.port), l.dst.port)
	switch l.proto {
	case tcp:
		return l.tcp(ports), 16
	case udp:
		return append(be.AppendUint16(ports, uint16(given(l.udplen, 8+n))), 0, 0), 6
	case udplite:
		return append(be.AppendUint16(ports, uint16(given(l.udplen, 0))), 0, 0), 6 // 0: all
	case dccp:
		return append(ports, 4, 0, 0, 0, 2<<1|1, 0, 0, 0, 0, 0, 0, 0), 6 // DATA, 48-bit sequence numbers
	case sctp:
		return append(append(be.AppendUint32(ports, l.id), 0, 0, 0, 0), l.chunks...), 0
	case icmp, icmpv6:
		h = be.AppendUint16([]byte{l.kind, l.code, 0, 0}, uint16(l.id))
		return be.AppendUint16(h, uint16(l.seq)), 2
	case gre:
		return []byte{0, 0, etherIP4 >> 8, etherIP4 & 0xff}, 0
	case esp:
		return be.AppendUint32(be.AppendUint32(nil, l.id), l.seq), 0
	case ah:
		h = be.AppendUint32(be.AppendUint32([]byte{none, 4, 0, 0}, l.id), l.seq)
		return append(h, make([]byte, 12)...), 0
	}
	return nil, 0
}

// tcp is the header behind the ports.
func (l *line) tcp(ports []byte) []byte {
	h := be.AppendUint32(be.AppendUint32(ports, l.seq), l.ack)
	words := 5 + (len(l.tcpopt)+3)/4
	h = be.AppendUint16(append(h, byte(given(l.doff, words))<<4, l.flags), l.win)
	h = append(append(h, 0, 0, 0, 0), l.tcpopt...)
	return append(h, make([]byte, 4*words-len(h))...)
}

// given is n, or usual where the line has no word for it.
func given(n, usual int) int {
	if n < 0 {
		return usual
	}
	return n
}

// checksum is the one of t, whose field is 0, as the line wants it.
func (l *line) checksum(t []byte) uint16 {
	start := pseudo(l.proto, l.src.addr.AsSlice(), l.dst.addr.AsSlice(), len(t))
	t = covered(l.proto, t)
	switch l.l4sum {
	case "nosum":
		return 0
	case "partial":
		return sum16(nil, start)
	}
	sum := ^sum16(t, start)
	if l.l4sum == "badl4sum" {
		return wrong(sum, sum16(nil, start))
	}
	if sum == 0 && (l.proto == udp || l.proto == udplite) {
		return 0xffff
	}
	return sum
}

// wrong is a checksum that is wrong, and neither 0 nor the partial one: of three that differ, one is neither.
func wrong(right, partial uint16) uint16 {
	sum := right ^ badBits
	for _, bits := range []uint16{badBits << 8, badBits << 4} {
		if sum == 0 || sum == partial {
			sum = right ^ bits
		}
	}
	return sum
}

// pseudo is the sum of the pseudo header, 0 for ICMP, which has none.
func pseudo(proto uint8, src, dst []byte, n int) uint64 {
	if proto == icmp {
		return 0
	}
	return uint64(sum16(src, 0)) + uint64(sum16(dst, 0)) + uint64(proto) + uint64(n)
}

// sum16 is the ones' complement sum of the 16-bit words of b and of start.
func sum16(b []byte, start uint64) uint16 {
	for i, v := range b {
		start += uint64(v) << (8 * (1 - i&1))
	}
	for start > 0xffff {
		start = start>>16 + start&0xffff
	}
	return uint16(start)
}

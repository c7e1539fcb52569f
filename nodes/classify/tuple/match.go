package tuple

// Match is what a rule asks of a packet. Begin with Any.
type Match struct {
	addr, addrMask     [4]uint64 // as Key.Addr
	rest, restMask     uint64    // as Key.Rest, without ports
	slo, shi, dlo, dhi uint16    // both ends included; dlo to dhi may be ICMP types and codes
}

// Any is the match of every packet.
func Any() Match { return Match{shi: 0xffff, dhi: 0xffff} }

func mask32(n uint8) uint64 { return uint64(^uint32(0)) << (32 - n) & 0xffffffff }

// SetSrc4 asks for a source address in an IPv4 prefix of n bits.
func (m *Match) SetSrc4(a uint32, n uint8) {
	mask := mask32(n)
	m.addrMask[0] |= mask << 32
	m.addr[0] |= uint64(a) & mask << 32
}

// SetDst4 asks for a destination address in an IPv4 prefix of n bits.
func (m *Match) SetDst4(a uint32, n uint8) {
	mask := mask32(n)
	m.addrMask[0] |= mask
	m.addr[0] |= uint64(a) & mask
}

// SetSrc6 asks for a source address in an IPv6 prefix of n bits; hi and lo are the address's halves.
func (m *Match) SetSrc6(hi, lo uint64, n uint8) { m.set6(0, hi, lo, n) }

// SetDst6 asks for a destination address in an IPv6 prefix of n bits.
func (m *Match) SetDst6(hi, lo uint64, n uint8) { m.set6(2, hi, lo, n) }

func (m *Match) set6(at int, hi, lo uint64, n uint8) {
	maskHi, maskLo := mask128(n)
	m.addrMask[at], m.addrMask[at+1] = maskHi, maskLo
	m.addr[at], m.addr[at+1] = hi&maskHi, lo&maskLo
}

func mask128(n uint8) (hi, lo uint64) {
	if n <= 64 {
		return ^uint64(0) << (64 - n), 0
	}
	return ^uint64(0), ^uint64(0) << (128 - n)
}

// SetProto asks for a protocol.
func (m *Match) SetProto(proto uint8) {
	m.restMask |= HasProto | 0xff<<protoShift
	m.rest |= HasProto | uint64(proto)<<protoShift
}

// SetPorts asks for ports in two ranges, both ends included; packets without ports do not match, however wide the ranges.
func (m *Match) SetPorts(slo, shi, dlo, dhi uint16) {
	m.restMask |= HasPorts
	m.rest |= HasPorts
	m.slo, m.shi, m.dlo, m.dhi = slo, shi, dlo, dhi
}

// SetFlags asks for TCP flags & mask == value. A value outside of the mask matches nothing.
func (m *Match) SetFlags(value, mask uint8) {
	m.restMask |= HasFlags | uint64(mask)<<flagsShift
	m.rest |= HasFlags | uint64(value)<<flagsShift
	if value&^mask != 0 {
		m.rest, m.restMask = m.rest|never, m.restMask|never
	}
}

// SetPiece asks for a packet that is a piece of something; without it one may be or not.
func (m *Match) SetPiece() {
	m.restMask |= Piece
	m.rest |= Piece
}

// SetClasses asks for one of some classes, a bit each: the bits of the others must be 0. What a set of them costs does therefore
// not depend on how many there are, and no hash looks at them.
func (m *Match) SetClasses(classes uint8) { m.restMask |= uint64(^classes) << classShift }

// never is a bit of Match.rest that no packet has.
const never = 1 << 63

// SetICMP asks for an ICMP type, and for a code unless that is negative.
func (m *Match) SetICMP(typ uint8, code int) {
	m.restMask |= HasICMP
	m.rest |= HasICMP
	m.dlo = uint16(typ) << 8
	m.dhi = m.dlo | 0xff
	if code >= 0 {
		m.dlo |= uint16(code)
		m.dhi = m.dlo
	}
}

// portMask is the bits that all numbers of a range have in common, less one if these are odd.
func portMask(lo, hi uint16) uint64 { return uint64(uint16(0xffff) << openBits(lo, hi)) }

// Matches reports whether a packet fulfils the match. It is the slow twin of what Set compiles, for tests.
func (m *Match) Matches(k *Key) bool {
	for i := range k.Addr {
		if (k.Addr[i]^m.addr[i])&m.addrMask[i] != 0 {
			return false
		}
	}
	sport, dport := uint16(k.Rest>>sportShift), uint16(k.Rest)
	return (k.Rest^m.rest)&m.restMask == 0 && sport >= m.slo && sport <= m.shi && dport >= m.dlo && dport <= m.dhi
}

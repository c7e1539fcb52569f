package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Bytes of the headers of which less is FlawShort.
const (
	tcpLen  = 20
	udpLen  = 8 // UDP-Lite, too
	icmpLen = 8
	sctpLen = 12
)

// Transport says what is wrong with the transport header of a packet, checksum included. Nothing is wrong with a fragment, whose
// turn comes when the datagram is whole, nor with what is not IP, nor with protocols that have no checks.
func Transport(p []byte, m *buffer.Meta) Flaw { return flaw(p, m, true) }

// Headers is Transport without the checksums, for what has been verified elsewhere.
func Headers(p []byte, m *buffer.Meta) Flaw { return flaw(p, m, false) }

func flaw(p []byte, m *buffer.Meta, sums bool) Flaw {
	switch {
	case m.LaterFragment, m.Fragment && !AtomicFragment(p, m), !m.IsIP4 && !m.IsIP6:
		return FlawNone
	case !m.HasProto:
		return chainFlaw(p, m)
	case m.IsIP6 && m.Proto == ProtoNone:
		return FlawNoProtocol
	case m.IsIP6 && m.Proto == ProtoAH:
		in, ok := BehindAH(p, m)
		if !ok {
			return FlawNoProtocol
		}
		return flawOf(p, &in, sums)
	}
	return flawOf(p, m, sums)
}

// flawOf is flaw for a packet that is whole and has a protocol.
func flawOf(p []byte, m *buffer.Meta, sums bool) Flaw {
	t := transportBytes(p, m)
	switch m.Proto {
	case ProtoTCP:
		return tcpFlaw(t, p, m, sums)
	case ProtoUDP:
		return udpFlaw(t, p, m, sums)
	case ProtoUDPLite:
		return udpLiteFlaw(t, p, m, sums)
	case ProtoICMP, ProtoICMP6:
		return icmpFlaw(t, p, m, sums)
	case ProtoSCTP:
		return sctpFlaw(t, sums)
	case ProtoGRE:
		if _, ok := GRECall(p, m); !ok {
			return FlawGRE
		}
	}
	return FlawNone
}

// TCPFlagSets has a bit for each set of flags that a segment may have, PSH, ECE and CWR left out: SYN, SYN+URG, SYN+ACK, RST,
// RST+ACK, ACK and FIN+ACK, the last two also with URG.
const (
	TCPFlagMask = TCPFin | TCPSyn | TCPRst | TCPAck | TCPUrg
	TCPFlagSets = uint64(1<<TCPSyn | 1<<(TCPSyn|TCPUrg) | 1<<(TCPSyn|TCPAck) | 1<<TCPRst | 1<<(TCPRst|TCPAck) |
		1<<TCPAck | 1<<(TCPAck|TCPUrg) | 1<<(TCPFin|TCPAck) | 1<<(TCPFin|TCPAck|TCPUrg))
)

func tcpFlaw(t, p []byte, m *buffer.Meta, sums bool) Flaw {
	if len(t) < tcpLen {
		return FlawShort
	}
	switch head := int(t[12]>>4) * 4; {
	case head < tcpLen || head > len(t):
		return FlawTCPOffset
	case sums && !sumRight(t, p, m):
		return FlawSum
	case TCPFlagSets>>(t[13]&TCPFlagMask)&1 == 0:
		return FlawTCPFlags
	}
	return FlawNone
}

// udpFlaw: the checksum is that of all the datagram holds, even where the length says less. A checksum of 0 is none, in IPv6 too.
func udpFlaw(t, p []byte, m *buffer.Meta, sums bool) Flaw {
	if len(t) < udpLen {
		return FlawShort
	}
	switch n := int(binary.BigEndian.Uint16(t[4:])); {
	case n < udpLen || n > len(t):
		return FlawUDPLength
	case binary.BigEndian.Uint16(t[6:]) == 0:
		return FlawNone
	case sums && !sumRight(t, p, m):
		return FlawSum
	}
	return FlawNone
}

func udpLiteFlaw(t, p []byte, m *buffer.Meta, sums bool) Flaw {
	if len(t) < udpLen {
		return FlawShort
	}
	covered := uint(binary.BigEndian.Uint16(t[4:]))
	if covered == 0 {
		covered = uint(len(t))
	}
	switch {
	case covered < udpLen || covered > uint(len(t)):
		return FlawCoverage
	case binary.BigEndian.Uint16(t[6:]) == 0:
		return FlawNoSum
	case sums && Checksum(t[:covered], uint32(pseudo(p, m, len(t)))) != 0:
		return FlawSum
	}
	return FlawNone
}

func icmpFlaw(t, p []byte, m *buffer.Meta, sums bool) Flaw {
	switch {
	case m.IsIP6 != (m.Proto == ProtoICMP6):
		return FlawICMPFamily
	case len(t) < icmpLen:
		return FlawShort
	case sums && m.IsIP4 && Checksum(t, 0) != 0, sums && m.IsIP6 && !sumRight(t, p, m):
		return FlawSum
	case ICMPClassOf(m) == ICMPUnknown:
		return FlawICMPType
	}
	return FlawNone
}

// sumRight reports whether t, the transport header and data of p, holds its right checksum, pseudo header included.
func sumRight(t, p []byte, m *buffer.Meta) bool {
	return Checksum(t, uint32(pseudo(p, m, len(t)))) == 0
}

// GRECall is the call that a GRE packet of version 1 belongs to (RFC 2637), which sessions are named by; 0 of a packet of another
// version, or too short to tell. It is false for version 1 that carries no PPP.
func GRECall(p []byte, m *buffer.Meta) (call uint16, ok bool) {
	t := transportBytes(p, m)
	return greCall(t)
}

func greCall(t []byte) (call uint16, ok bool) {
	if len(t) < 8 || t[1]&7 != 1 {
		return 0, true
	}
	return binary.BigEndian.Uint16(t[6:]), binary.BigEndian.Uint16(t[2:]) == 0x880b
}

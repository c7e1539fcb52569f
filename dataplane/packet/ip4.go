package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

const (
	ip4Len     = 20     // bytes of an IPv4 header without options
	moreFrags  = 0x2000 // MF, in the flags and fragment offset
	fragOffset = 0x1fff // the offset there, in 8 bytes
)

// IPv4 reads the datagram at m.L3. Where it finds a fault, none of the parser's Has and Is bits is set.
func IPv4(p []byte, m *buffer.Meta) Fault {
	l3 := int(m.L3)
	if l3 > len(p) {
		return FaultIP4HeaderLength
	}
	h := p[l3:]
	if len(h) < ip4Len {
		return FaultIP4HeaderLength
	}
	// Three loads read the header: version, IHL, tos, total length, id, fragment | ttl, protocol, sum, source | destination.
	w0, w1, w2 := binary.BigEndian.Uint64(h), binary.BigEndian.Uint64(h[8:]), uint64(binary.BigEndian.Uint32(h[16:]))
	head, total := int(w0>>56&15)*4, int(w0>>32&0xffff)
	switch {
	case w0>>60 != 4:
		return FaultIP4Version
	case head < ip4Len || head > len(h):
		return FaultIP4HeaderLength
	case total < head || total > len(h):
		return FaultIP4TotalLength
	}
	sum := w0>>32 + w0&(1<<32-1) + w1>>32 + w1&(1<<32-1) + w2
	if head > ip4Len {
		sum += uint64(toHost(fold(addBytes(h[ip4Len:head]))))
	}
	if fold(sum) != 0xffff {
		return FaultIP4Checksum
	}

	m.IsIP4, m.HasProto, m.Proto = true, true, uint8(w1>>48)
	m.L4, m.End = uint16(l3+head), uint16(l3+total)
	if w0&(moreFrags|fragOffset) != 0 {
		m.Fragment, m.LaterFragment = true, w0&fragOffset != 0
		if m.LaterFragment {
			return FaultNone
		}
	}
	transport(h[head:total], m)
	return FaultNone
}

// transport reads what identifies a flow from t, the bytes of the datagram behind the IP headers.
func transport(t []byte, m *buffer.Meta) {
	switch m.Proto {
	case ProtoUDP, ProtoSCTP, ProtoDCCP, ProtoUDPLite:
	case ProtoTCP:
		if len(t) >= 14 {
			m.HasTCPFlags, m.TCPFlags = true, t[13]
		}
	default:
		if (m.Proto == ProtoICMP && m.IsIP4 || m.Proto == ProtoICMP6 && m.IsIP6) && len(t) >= 2 {
			m.HasICMP, m.ICMPType, m.ICMPCode = true, t[0], t[1]
		}
		return
	}
	if len(t) >= 4 {
		m.HasPorts = true
		m.SrcPort, m.DstPort = binary.BigEndian.Uint16(t), binary.BigEndian.Uint16(t[2:])
	}
}

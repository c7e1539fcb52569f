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
	head := int(h[0]&15) * 4
	if h[0]>>4 != 4 {
		return FaultIP4Version
	}
	if head < ip4Len || head > len(h) {
		return FaultIP4HeaderLength
	}
	total := int(binary.BigEndian.Uint16(h[2:]))
	if total < head || total > len(h) {
		return FaultIP4TotalLength
	}
	a, b := binary.NativeEndian.Uint64(h), binary.NativeEndian.Uint64(h[8:])
	sum := a>>32 + a&(1<<32-1) + b>>32 + b&(1<<32-1) + uint64(binary.NativeEndian.Uint32(h[16:]))
	if head > ip4Len {
		sum = add64(sum, addBytes(h[ip4Len:head]))
	}
	if fold(sum) != 0xffff {
		return FaultIP4Checksum
	}

	m.IsIP4, m.HasProto, m.Proto = true, true, h[9]
	m.L4, m.End = uint16(l3+head), uint16(l3+total)
	if frag := binary.BigEndian.Uint16(h[6:]) & (moreFrags | fragOffset); frag != 0 {
		m.Fragment, m.LaterFragment = true, frag&fragOffset != 0
	}
	if !m.LaterFragment {
		transport(h[head:total], m)
	}
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

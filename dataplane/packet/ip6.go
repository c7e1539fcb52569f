package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

const (
	ip6Len     = 40 // bytes of the IPv6 header
	ip6ExtUnit = 8  // bytes: extension headers are multiples of this
)

// IPv6 reads the datagram at m.L3. Where it finds a fault, none of the parser's Has and Is bits is set. A chain of
// extension headers that runs out, or a jumbogram, is a well-formed datagram without a protocol.
func IPv6(p []byte, m *buffer.Meta) Fault {
	l3 := int(m.L3)
	if l3 > len(p) {
		return FaultIP6HeaderLength
	}
	h := p[l3:]
	if len(h) < ip6Len {
		return FaultIP6HeaderLength
	}
	if h[0]>>4 != 6 {
		return FaultIP6Version
	}
	t := h[ip6Len:]
	payload := int(binary.BigEndian.Uint16(h[4:]))
	if payload > len(t) {
		return FaultIP6PayloadLength
	}
	t = t[:payload]

	m.IsIP6 = true
	m.L4, m.End = uint16(l3+ip6Len), uint16(l3+ip6Len+payload)
	next := h[6]
	if isExtension(next) {
		var ok bool
		if next, t, ok = extensions(next, t, m); !ok {
			return FaultNone
		}
	}
	m.HasProto, m.Proto = true, next
	if !m.LaterFragment {
		transport(t, m)
	}
	return FaultNone
}

// MaxExtensions is how many IPv6 extension headers the parser walks over. A datagram with more of them is well-formed, but without
// a protocol, and its flaw is FlawHeaders: each header costs time, and no sender has a use for so many.
const MaxExtensions = 16

// extensions walks the chain at the start of t, whose first header is of type next. It sets L4 and the fragment bits,
// and returns the protocol behind the chain and the bytes there, or false where there is none to be had.
func extensions(next uint8, t []byte, m *buffer.Meta) (uint8, []byte, bool) {
	for n := 0; isExtension(next); n++ {
		size := extensionSize(next, t)
		if size > uint(len(t)) || n == MaxExtensions || len(t) < ip6ExtUnit {
			return 0, nil, false
		}
		if next == ProtoFragment {
			m.Fragment, m.LaterFragment = true, binary.BigEndian.Uint16(t[2:])>>3 != 0
		}
		next = t[0]
		t = t[size:]
		m.L4 += uint16(size)
		if m.LaterFragment {
			return next, nil, true // whatever it is: what follows is in the first fragment
		}
	}
	return next, t, true
}

// extensionSize is the bytes of the extension header of this type at the start of t, more than t has where t is too short to tell.
func extensionSize(proto uint8, t []byte) uint {
	if proto == ProtoFragment || len(t) < 2 {
		return ip6ExtUnit
	}
	return ip6ExtUnit + uint(t[1])*ip6ExtUnit
}

// isExtension reports whether an IPv6 header of this type is one to walk over.
func isExtension(proto uint8) bool {
	const set = 1<<ProtoHopByHop | 1<<ProtoRouting | 1<<ProtoFragment | 1<<ProtoDestOpts
	return proto < 64 && uint64(set)>>proto&1 != 0
}

package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Piece is what a fragment's headers say of its place in the datagram.
//
//	IPv4   | header                             | data |
//	IPv6   | header, some extension headers     | fragment header | data |
//	       L3                                   frag              Data   End
type Piece struct {
	ID     uint32 // equal for all pieces of a datagram
	Offset int    // of the data in the whole datagram's
	Data   int    // where the data is in the packet: from here to Meta.End
	Proto  uint8  // what the datagram's data is: a protocol or, IPv6, the extension header behind the fragment header
	ECN    uint8  // a bit: 1 << the two congestion bits
	More   bool   // other pieces follow
	Cut    bool   // IPv6: the first piece, but without all headers up to the transport's
	named  int    // IPv6: where the header before the fragment header names it
	frag   int    // where the part in front of the data ends that every piece repeats
}

// PieceOf reads a packet that has Meta.Fragment. It is false for any other.
func PieceOf(p []byte, m *buffer.Meta) (f Piece, ok bool) {
	l3, end := int(m.L3), int(m.End)
	if l3 > end || end > len(p) {
		return f, false
	}
	if h := p[l3:end]; m.IsIP6 {
		return pieceOf6(h, l3)
	} else if len(h) >= ip4Len {
		word := binary.BigEndian.Uint16(h[6:])
		data := l3 + int(h[0]&15)*4
		return Piece{ID: uint32(binary.BigEndian.Uint16(h[4:])), Offset: int(word&fragOffset) * 8, Data: data, Proto: h[9],
			ECN: 1 << (h[1] & 3), More: word&moreFrags != 0, frag: data}, true
	}
	return f, false
}

// pieceOf6 is PieceOf for the IPv6 datagram h, which starts at l3 in its packet.
func pieceOf6(h []byte, l3 int) (f Piece, ok bool) {
	if len(h) < ip6Len {
		return f, false
	}
	f.named, f.frag = l3+6, ip6Len
	f.ECN = 1 << (h[1] >> 4 & 3)
	next := h[6]
	for range MaxExtensions {
		t := h[min(f.frag, len(h)):]
		if !isExtension(next) || len(t) < ip6ExtUnit {
			return f, false
		}
		if next == ProtoFragment {
			word := binary.BigEndian.Uint16(t[2:])
			f.ID, f.Offset, f.More, f.Proto = binary.BigEndian.Uint32(t[4:]), int(word&^7), word&1 != 0, t[0]
			f.Cut = f.Offset == 0 && cutShort(f.Proto, t[ip6ExtUnit:])
			f.frag += l3
			f.Data = f.frag + ip6ExtUnit
			return f, true
		}
		f.named = l3 + f.frag
		next = t[0]
		f.frag += ip6ExtUnit + int(t[1])*ip6ExtUnit
	}
	return f, false
}

// cutShort says whether t, which starts with a header of type next, ends before its TCP, UDP or ICMPv6 header does, or
// right where another protocol's begins. A chain of extension headers that ends within one of them is not meant.
func cutShort(next uint8, t []byte) bool {
	at := 0
	for isExtension(next) || next == ProtoAH {
		if len(t)-at < 2 {
			return false
		}
		size := ip6ExtUnit + int(t[at+1])*ip6ExtUnit
		switch next {
		case ProtoFragment:
			size = ip6ExtUnit
		case ProtoAH:
			size = (int(t[at+1]) + 2) * 4
		}
		next = t[at]
		at += size
	}
	need := 1
	switch next {
	case ProtoNone:
		return false
	case ProtoTCP:
		need = 20
	case ProtoUDP, ProtoICMP6:
		need = 8
	}
	return at+need > len(t)
}

// HeaderLen is the length of the header that Header writes.
func (f *Piece) HeaderLen(m *buffer.Meta) int { return f.frag - int(m.L3) }

// Header writes the IP header that the whole datagram has, n bytes behind it, to dst: the first piece's, without a trace
// of fragments. p and m are that piece's. dst must have room for HeaderLen bytes.
func (f *Piece) Header(dst, p []byte, m *buffer.Meta, n int) {
	l3 := int(m.L3)
	dst = dst[:copy(dst, p[l3:f.frag])]
	if m.IsIP6 {
		dst[f.named-l3] = f.Proto
		binary.BigEndian.PutUint16(dst[4:], uint16(len(dst)-ip6Len+n))
		return
	}
	binary.BigEndian.PutUint16(dst[2:], uint16(len(dst)+n))
	binary.BigEndian.PutUint16(dst[6:], 0)
	sum4(dst)
}

// Trim cuts an IPv4 piece's datagram to n bytes of data, fewer than it has: the packet keeps its length, and what is
// cut off becomes padding.
func (f *Piece) Trim(p []byte, m *buffer.Meta, n int) {
	h := p[m.L3:f.frag]
	m.End = uint16(f.frag + n)
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+n))
	sum4(h)
}

// sum4 writes the checksum of an IPv4 header.
func sum4(h []byte) {
	binary.BigEndian.PutUint16(h[10:], 0)
	binary.BigEndian.PutUint16(h[10:], Checksum(h, 0))
}

package packet

import (
	"encoding/binary"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// What the parser stores about the packets that most are, it stores in words, not field by field. These are their places in
// Meta, and what is in them.
const (
	endsAt   = unsafe.Offsetof(buffer.Meta{}.L4)      // 4 bytes: L4, End
	portsAt  = unsafe.Offsetof(buffer.Meta{}.SrcPort) // 4 bytes: SrcPort, DstPort
	factsAt  = unsafe.Offsetof(buffer.Meta{}.IsIP4)   // 8 bytes: IsIP4, IsIP6, HasProto, HasPorts, HasTCPFlags, HasICMP, Fragment, LaterFragment
	plainUDP = 1 | 1<<16 | 1<<24
	plainTCP = plainUDP | 1<<32
)

// least is the smallest frame from L3 on that IPv4Vector reads in one go: an Ethernet frame has as much behind its header.
const least = 46

// IPv4Vector is IPv4 for the packets of a vector: faults[i] is what it says of bufs[i]. bad is how many have a fault; flags
// has the bits that any of them has in Meta.Flags.
func IPv4Vector(v buffer.View, bufs []buffer.Index, faults []Fault) (bad int, flags uint8) {
	faults = faults[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		flags |= m.Flags
		if p := v.Bytes(b, m); int(m.L3)+least > len(p) || !plain4((*[least]byte)(unsafe.Pointer(&p[m.L3])), len(p)-int(m.L3), m) {
			if faults[i] = IPv4(p, m); faults[i] != FaultNone {
				bad++
			}
			continue
		}
		faults[i] = FaultNone
	}
	return bad, flags
}

// plain4 is IPv4 for TCP and UDP without options, fragments and faults. For anything else it reports false and has done
// nothing. h is the start of the size bytes from L3 on.
func plain4(h *[least]byte, size int, m *buffer.Meta) bool {
	w0, w1, w2 := binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:]), uint64(binary.BigEndian.Uint32(h[16:]))
	total, proto := uint(w0>>32&0xffff), uint8(w1>>48)
	sum := w0>>32 + w0&(1<<32-1) + w1>>32 + w1&(1<<32-1) + w2
	sum = sum>>32 + sum&(1<<32-1)
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	if w0>>56 != 4<<4|ip4Len/4 || w0&(moreFrags|fragOffset) != 0 || total-(ip4Len+14) > uint(size)-(ip4Len+14) || sum != 0xffff {
		return false
	}
	base := unsafe.Pointer(m)
	switch proto {
	case ProtoUDP:
		*(*uint64)(unsafe.Add(base, factsAt)) = plainUDP
	case ProtoTCP:
		*(*uint64)(unsafe.Add(base, factsAt)) = plainTCP
		m.TCPFlags = h[ip4Len+13]
	default:
		return false
	}
	m.Proto = proto
	*(*uint32)(unsafe.Add(base, endsAt)) = (uint32(m.L3) + uint32(total)<<16 + uint32(m.L3)<<16) + ip4Len
	p := binary.BigEndian.Uint32(h[ip4Len:])
	*(*uint32)(unsafe.Add(base, portsAt)) = p>>16 | p<<16
	return true
}

// The words are where they are said to be.
var _ [unsafe.Offsetof(buffer.Meta{}.End) - endsAt - 2]byte
var _ [endsAt + 2 - unsafe.Offsetof(buffer.Meta{}.End)]byte
var _ [unsafe.Offsetof(buffer.Meta{}.DstPort) - portsAt - 2]byte
var _ [portsAt + 2 - unsafe.Offsetof(buffer.Meta{}.DstPort)]byte
var _ [unsafe.Offsetof(buffer.Meta{}.LaterFragment) - factsAt - 7]byte
var _ [factsAt + 7 - unsafe.Offsetof(buffer.Meta{}.LaterFragment)]byte

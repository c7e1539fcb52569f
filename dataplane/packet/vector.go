package packet

import (
	"encoding/binary"
	"math/bits"
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

// plainMask is what of an IPv4 header's first eight bytes, as they are in memory, is the same in all plain packets: version and length,
// more fragments and the offset.
const plainMask = 0xff | (moreFrags|fragOffset)>>8<<48 | (moreFrags|fragOffset)&0xff<<56

// IPv4Vector is IPv4 for the packets of a vector: faults[i] is what it says of bufs[i]. bad is how many have a fault; flags
// has the bits that any of them has in Meta.Flags; frags: there may be fragments among them.
func IPv4Vector(v buffer.View, bufs []buffer.Index, faults []Fault) (bad int, flags uint8, frags bool) {
	faults = faults[:len(bufs)]
	clear(faults)
	for i := 0; i < len(bufs); i++ {
		n, f := plain4(v, bufs[i:])
		flags |= f
		if i += n; i >= len(bufs) {
			break
		}
		m := v.Meta(bufs[i])
		flags |= m.Flags
		if faults[i] = IPv4(v.Bytes(bufs[i], m), m); faults[i] != FaultNone {
			bad++
		}
		frags = frags || m.Fragment
	}
	return bad, flags, frags
}

// plain4 is IPv4 for TCP and UDP without options, fragments and faults, from the first packet on until one that is not so, to
// which it does nothing. It returns how many they are, and their flags. It is a function of its own so that everything
// stays in registers.
//
//go:noinline
func plain4(v buffer.View, bufs []buffer.Index) (n int, flags uint8) {
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		l3 := uint(m.L3)
		size := uint(len(p)) - l3
		if size > 1<<16 || size < least {
			return i, flags
		}
		h := (*[least]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(p)), l3))
		// As they are in memory: the bytes of a number are turned round, and those of a sum may be.
		w0, w1, w2 := binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:]), uint64(binary.LittleEndian.Uint32(h[16:]))
		sum, carry := bits.Add64(w0, w1, 0)
		sum, carry = bits.Add64(sum, w2, carry)
		sum, _ = bits.Add64(sum, 0, carry)
		total := uint(bits.ReverseBytes16(uint16(w0 >> 16)))
		if w0&plainMask != 4<<4|ip4Len/4 || total-(ip4Len+14) > size-(ip4Len+14) || sum%0xffff != 0 {
			return i, flags
		}
		base := unsafe.Pointer(m)
		switch uint8(w1 >> 8) {
		case ProtoUDP:
			m.Proto = ProtoUDP
			*(*uint64)(unsafe.Add(base, factsAt)) = plainUDP
		case ProtoTCP:
			m.Proto, m.TCPFlags = ProtoTCP, h[ip4Len+13]
			*(*uint64)(unsafe.Add(base, factsAt)) = plainTCP
		default:
			return i, flags
		}
		flags |= m.Flags
		*(*uint32)(unsafe.Add(base, endsAt)) = uint32(l3)*(1+1<<16) + uint32(total)<<16 + ip4Len
		q := binary.BigEndian.Uint32(h[ip4Len:])
		*(*uint32)(unsafe.Add(base, portsAt)) = q>>16 | q<<16
	}
	return len(bufs), flags
}

// The words are where they are said to be.
var _ [unsafe.Offsetof(buffer.Meta{}.End) - endsAt - 2]byte
var _ [endsAt + 2 - unsafe.Offsetof(buffer.Meta{}.End)]byte
var _ [unsafe.Offsetof(buffer.Meta{}.DstPort) - portsAt - 2]byte
var _ [portsAt + 2 - unsafe.Offsetof(buffer.Meta{}.DstPort)]byte
var _ [unsafe.Offsetof(buffer.Meta{}.LaterFragment) - factsAt - 7]byte
var _ [factsAt + 7 - unsafe.Offsetof(buffer.Meta{}.LaterFragment)]byte

package flow

import (
	"sync/atomic"
	"unsafe"
)

// Origin is what is known when a flow is made. Insert stores it once, before publishing; it then only is read. Of
// TCPFlags and ICMPType one is stored: a packet has only one of them.
type Origin struct {
	Created  uint32 // tick
	Serial   uint32 // number of the session since start, from 0, over all tables
	If       uint32 // sw_if_index where the first packet was admitted: below MaxIf
	Flags    uint8  // Origin… bits
	TCPFlags uint8  // of the first packet
	ICMPType uint8  // of the first packet; 0 where TCPFlags is not
	ICMPCode uint8  // of the first packet
}

// Bits of Origin.Flags.
const (
	OriginReversed = 1 << iota // its source is endpoint 1 of the key
	OriginPorts                // the key's ports are the packet's ports
	originTCP                  // packed only: first is TCPFlags
)

// MaxIf is the exclusive bound of Origin.If.
const MaxIf = 1 << ifBits

// ifBits is the width of an interface's number in cold.rest; the flags are above it.
const ifBits = 13

// cold is what an index has besides key, state and counters: its life, and its Origin in 12 bytes. While the index is
// free or retired, created and serial are links of the pool (see links); rest stays what it was, for readers that have
// found the flow before it was removed.
type cold struct {
	life    uint32 // odd while alive; raised by Insert (under the shard's lock) and by the one Remove that wins
	created uint32
	serial  uint32
	rest    uint32 // from bit 0: If, Flags, 8 bits TCPFlags or ICMPType, 8 bits ICMPCode
}

// pack stores o; life is not touched.
func (c *cold) pack(o *Origin) {
	first, flags := o.ICMPType, uint32(o.Flags)&(OriginReversed|OriginPorts)
	if o.TCPFlags != 0 {
		first, flags = o.TCPFlags, flags|originTCP
	}
	poke32(&c.created, o.Created)
	poke32(&c.serial, o.Serial)
	poke32(&c.rest, o.If&(MaxIf-1)|flags<<ifBits|uint32(first)<<16|uint32(o.ICMPCode)<<24)
}

// unpack is the Origin that pack stored.
func (c *cold) unpack() Origin {
	w := peek32(&c.rest)
	o := Origin{Created: peek32(&c.created), Serial: peek32(&c.serial), If: w & (MaxIf - 1), ICMPCode: uint8(w >> 24)}
	o.Flags = uint8(w>>ifBits) & (OriginReversed | OriginPorts)
	if w>>ifBits&originTCP != 0 {
		o.TCPFlags = uint8(w >> 16)
	} else {
		o.ICMPType = uint8(w >> 16)
	}
	return o
}

// coldStride is the distance of two cold records: IPv4 has an array of them, IPv6 keeps them in the lines, behind the
// counters, where there is room.
func coldStride[K Key]() uintptr {
	if unsafe.Sizeof(*new(K)) == key4Size {
		return unsafe.Sizeof(cold{})
	}
	return 1 << lineShift[K]()
}

func (t *Table[K]) cold(i uint32) *cold {
	return (*cold)(unsafe.Add(t.colds, uintptr(i)*coldStride[K]()))
}

// Origin is the cold record of flow i.
func (t *Table[K]) Origin(i uint32) Origin { return t.cold(i).unpack() }

// Alive reports whether index i names a flow now. None and any other number may be asked about.
func (t *Table[K]) Alive(i uint32) bool { return t.Life(i)&1 != 0 }

// Life is a number that changes whenever index i is taken or given up; odd while it is alive. Someone who reads flows
// without being a worker, as a sweep does, reads it first and hands it to RemoveLife, or reads it again afterwards, to
// know that all of it was the same flow.
func (t *Table[K]) Life(i uint32) uint32 {
	if i >= t.limit {
		return 0
	}
	return atomic.LoadUint32(&t.cold(i).life)
}

var _ [16 - unsafe.Sizeof(cold{})]byte
var _ [unsafe.Sizeof(cold{}) - 16]byte

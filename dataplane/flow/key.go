package flow

import (
	"encoding/binary"
	"unsafe"
)

// Key4 names an IPv4 session: both endpoints, the lower one first, so that both directions have the same key. Addresses
// and ports are in host order. Zone separates what may overlap; Kind is the caller's.
type Key4 struct {
	Addr  [2]uint32
	Port  [2]uint16
	Zone  uint16
	Proto uint8
	Kind  uint8
}

// Key6 names an IPv6 session as Key4 does; addresses are the bytes of the packet, ports in host order.
type Key6 struct {
	Addr  [2][16]byte
	Port  [2]uint16
	Zone  uint16
	Proto uint8
	Kind  uint8
}

// Key is what a table is keyed by. The compiler makes separate code for each, so unsafe.Sizeof chooses without cost.
type Key interface{ Key4 | Key6 }

// MakeKey4 normalizes. swapped says that the source became endpoint 1.
func MakeKey4(src, dst uint32, sport, dport, zone uint16, proto, kind uint8) (k Key4, swapped bool) {
	swapped = uint64(src)<<16|uint64(sport) > uint64(dst)<<16|uint64(dport)
	if swapped {
		src, dst, sport, dport = dst, src, dport, sport
	}
	return Key4{[2]uint32{src, dst}, [2]uint16{sport, dport}, zone, proto, kind}, swapped
}

// MakeKey6 normalizes. swapped says that the source became endpoint 1.
func MakeKey6(src, dst *[16]byte, sport, dport, zone uint16, proto, kind uint8) (k Key6, swapped bool) {
	swapped = after(src, dst, sport, dport)
	if swapped {
		src, dst, sport, dport = dst, src, dport, sport
	}
	return Key6{[2][16]byte{*src, *dst}, [2]uint16{sport, dport}, zone, proto, kind}, swapped
}

// after reports whether endpoint a is above endpoint b, addresses as big-endian numbers.
func after(a, b *[16]byte, aport, bport uint16) bool {
	if x, y := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8]); x != y {
		return x > y
	}
	if x, y := binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]); x != y {
		return x > y
	}
	return aport > bport
}

// key4Size tells the two kinds of key apart.
const key4Size = unsafe.Sizeof(Key4{})

// words4 and words6 are keys as the machine compares and hashes them.
type (
	words4 = [2]uint64
	words6 = [5]uint64
)

// equal compares two keys.
func equal[K Key](a, b *K) bool {
	if unsafe.Sizeof(*a) == key4Size {
		return *(*words4)(unsafe.Pointer(a)) == *(*words4)(unsafe.Pointer(b))
	}
	return !differ6((*words6)(unsafe.Pointer(a)), (*words6)(unsafe.Pointer(b)))
}

// differ6 compares without branches; == would call the runtime.
func differ6(a, b *words6) bool {
	return (a[0]^b[0])|(a[1]^b[1])|(a[2]^b[2])|(a[3]^b[3])|(a[4]^b[4]) != 0 // ^ binds no tighter than |
}

// A key is whole words, no more, no less.
var _ [unsafe.Sizeof(words4{}) - unsafe.Sizeof(Key4{})]byte
var _ [unsafe.Sizeof(Key4{}) - unsafe.Sizeof(words4{})]byte
var _ [unsafe.Sizeof(words6{}) - unsafe.Sizeof(Key6{})]byte
var _ [unsafe.Sizeof(Key6{}) - unsafe.Sizeof(words6{})]byte

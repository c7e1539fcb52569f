package tuple

// Key is what rules look at of a packet. The zero Key has no addresses and no fields; the Set… methods add them.
type Key struct {
	// Addr of an IPv4 packet is source << 32 | destination, in [0]; of an IPv6 packet source and destination, high half first.
	Addr [4]uint64
	// Rest is, from the low end: destination port, source port (16 bits each), protocol, TCP flags (8 each), Has… bits, a bit for
	// each class (8), Piece. A field that is not there is 0. ICMP's type and code stand in the place of the destination port.
	Rest uint64
}

// Bits of Key.Rest: which fields there are.
const (
	HasProto = 1 << (48 + iota)
	HasPorts
	HasFlags
	HasICMP
)

// Piece in Key.Rest: the packet is a piece of something, and lacks fields for that.
const Piece = 1 << 60

const (
	sportShift = 16
	protoShift = 32
	flagsShift = 40
	classShift = 52
)

// SetAddrs4 gives the packet IPv4 addresses, in host byte order.
func (k *Key) SetAddrs4(src, dst uint32) { k.Addr[0] = uint64(src)<<32 | uint64(dst) }

// SetProto gives the packet a protocol; call it once.
func (k *Key) SetProto(proto uint8) { k.Rest |= HasProto | uint64(proto)<<protoShift }

// SetPorts gives the packet ports; call it once.
func (k *Key) SetPorts(sport, dport uint16) {
	k.Rest |= HasPorts | uint64(sport)<<sportShift | uint64(dport)
}

// SetFlags gives the packet TCP flags; call it once.
func (k *Key) SetFlags(flags uint8) { k.Rest |= HasFlags | uint64(flags)<<flagsShift }

// SetClass says which of 8 classes the packet is of; call it once. A packet of no class is in every set of classes.
func (k *Key) SetClass(class uint8) { k.Rest |= 1 << (classShift + class&7) }

// SetPiece says that the packet is a piece of something.
func (k *Key) SetPiece() { k.Rest |= Piece }

// SetICMP gives the packet an ICMP type and code; call it once, and not with SetPorts.
func (k *Key) SetICMP(typ, code uint8) { k.Rest |= HasICMP | uint64(typ)<<8 | uint64(code) }

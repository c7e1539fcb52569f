package oracle

// The places where the sides are known to differ, each with its reason in docs/conntrack.md.

// forKernel is a packet as the kernel wants it: UDP-Lite's checksum it checks as if it were UDP's, with that protocol's
// number in the pseudo header, so that what is right is wrong to it.
func forKernel(p Packet) Packet {
	p.Data = sumForKernel(p.Data)
	return p
}

func sumForKernel(p []byte) []byte {
	t := tuple{}
	l4, ok := t.network(p)
	if !ok || t.Proto != protoUDPLite || len(l4) < 8 {
		return p
	}
	covered := int(be.Uint16(l4[4:]))
	if covered == 0 {
		covered = len(l4)
	}
	sum := be.Uint16(l4[6:])
	if covered < 8 || covered > len(l4) || sum == 0 || checksum(l4[:covered], t.ends().pseudo(protoUDPLite, len(l4))) != 0 {
		return p
	}
	q := append([]byte(nil), p...)
	at := cap(p) - cap(l4) // l4 is cut off at the datagram's end
	l4 = q[at : at+len(l4)]
	be.PutUint16(l4[6:], 0)
	if sum = checksum(l4[:covered], t.ends().pseudo(protoUDP, len(l4))); sum == 0 {
		sum = 0xffff
	}
	be.PutUint16(l4[6:], sum)
	return q
}

// deviates reports whether the sides are known to differ about a packet.
func deviates(p Packet) bool { return beyond(p.Data) || alone(p.Data) || toItself(p.whole()) }

// beyond reports whether an IPv6 extension header claims to be longer than the packet, which the kernel believes.
func beyond(p []byte) bool {
	if len(p) < 40 || p[0]>>4 != 6 {
		return false
	}
	t := tuple{}
	_, ok := t.network(p)
	return !ok && t.Proto != protoFragment
}

// alone reports whether an IPv6 packet is the first fragment of several and cannot be put together with others: it has a
// length that only the last may have, or nothing but extension headers. The kernel lets it go on by itself, and tracks what
// it holds.
func alone(p []byte) bool {
	if len(p) < 48 || p[0]>>4 != 6 || p[6] != protoFragment || be.Uint16(p[42:]) != 1 {
		return false
	}
	t := tuple{}
	l4, ok := t.network(p)
	return (be.Uint16(p[4:])-8)&7 != 0 || ok && len(l4) == 0
}

// toItself reports whether a packet goes from an address and port to the same ones: both directions of its session have one
// key, and the kernel takes all packets but the first for answers.
func toItself(p []byte) bool {
	t, ok := parse(p)
	return ok && !t.ICMP && t.Src == t.Dst && t.SPort == t.DPort
}

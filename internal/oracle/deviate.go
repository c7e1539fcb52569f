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

// deviates reports whether the sides are known to differ about a packet: an IPv6 extension header that claims to be longer
// than the packet is believed by the kernel.
func deviates(p []byte) bool {
	if len(p) < 40 || p[0]>>4 != 6 {
		return false
	}
	t := tuple{}
	_, ok := t.network(p)
	return !ok && t.Proto != protoFragment
}

package oracle

import "math/rand/v2"

// oddNetwork is a network header with something unusual in it.
func oddNetwork(r *rand.Rand, is6 bool) (n network) {
	switch r.IntN(4) {
	case 0:
		n.tail = 1 + r.IntN(20)
	case 1:
		n.cut = 1 + r.IntN(24)
	default:
		if is6 {
			for range 1 + r.IntN(4) {
				n.ext = append(n.ext, []byte{protoDstOpts, protoRouting, protoAH, protoFragment}[r.IntN(3)])
			}
			if r.IntN(3) == 0 {
				n.ext[0] = protoHopByHop
			}
			break
		}
		n.opt = [][]byte{{1, 1, 1, 1}, {7, 7, 4, 0, 0, 0, 0, 0}, {0x94, 4, 0, 0}}[r.IntN(3)]
		n.bad = r.IntN(8) == 0
	}
	return n
}

// talk is a dialogue of any protocol but TCP.
type talk struct {
	ends
	r     *rand.Rand
	left  int
	proto uint8
	odd   int // one packet in so many is odd
	make  func(t *talk, from int) []byte
	id    uint16
	tag   [2]uint32 // SCTP: the tags that the ends chose
	step  int       // SCTP: how far it has come
}

func (t *talk) packet() (p []byte, ok bool) {
	if t.left == 0 {
		return nil, false
	}
	t.left--
	from := t.r.IntN(2)
	if t.step == 0 && t.r.IntN(20) > 0 {
		from = 0
	}
	t.step++
	l4 := t.make(t, from)
	var n network
	if t.odd > 0 && t.r.IntN(t.odd) == 0 {
		n = oddNetwork(t.r, t.addr[0].Is6())
	}
	return t.datagram(from, t.proto, l4, n), true
}

// newTalk begins a dialogue of a protocol at random.
func newTalk(r *rand.Rand, e ends) *talk {
	t := &talk{ends: e, r: r, left: 1 + r.IntN(20), odd: []int{0, 30, 8}[r.IntN(3)], id: uint16(r.Uint32()), tag: [2]uint32{r.Uint32(), r.Uint32()}}
	switch n := r.IntN(20); {
	case n < 6:
		t.proto, t.make = protoUDP, udpOf
	case n < 8:
		t.proto, t.make = protoUDPLite, udpOf
	case n < 12:
		t.proto, t.make = protoICMP, pingOf
		if e.addr[0].Is6() {
			t.proto = protoICMPv6
		}
	case n < 16:
		t.proto, t.make, t.left = protoSCTP, sctpOf, 5+r.IntN(30)
	case n < 18:
		t.proto, t.make = protoGRE, greOf
	default:
		t.proto, t.make = []uint8{protoESP, protoAH, 2, 4, 33, 41, 46, 89, 99, 103, 255, 253, protoNone, protoICMPv6, protoICMP}[r.IntN(15)], plainOf
	}
	return t
}

// harm spoils a transport header's checksum or length, now and then.
func (t *talk) harm(l4 []byte) []byte {
	if t.odd == 0 || t.r.IntN(t.odd) > 0 || len(l4) < 8 {
		return l4
	}
	switch t.r.IntN(3) {
	case 0:
		l4[2] ^= 0x11 // what the checksum says of it
	case 1:
		l4 = l4[:t.r.IntN(8)]
	case 2:
		l4[t.r.IntN(len(l4))] ^= 1 << t.r.IntN(8)
	}
	return l4
}

// udpOf is UDP or UDP-Lite, whose length is what its checksum covers.
func udpOf(t *talk, from int) []byte {
	l4 := make([]byte, 8+t.r.IntN(64))
	be.PutUint16(l4, t.port[from])
	be.PutUint16(l4[2:], t.port[1-from])
	n := len(l4)
	if t.proto == protoUDPLite {
		n = []int{0, 8, len(l4), 8 + t.r.IntN(len(l4)-7)}[t.r.IntN(4)]
	}
	if t.odd > 0 && t.r.IntN(t.odd) == 0 {
		n = t.r.IntN(100)
	}
	be.PutUint16(l4[4:], uint16(n))
	t.sealed(t.proto, l4)
	if t.r.IntN(12) == 0 {
		be.PutUint16(l4[6:], 0)
	}
	return t.harm(l4)
}

// pingOf is an ICMP query or its answer, or, seldom, any type.
func pingOf(t *talk, from int) []byte {
	l4 := make([]byte, 8+t.r.IntN(40))
	pairs := [][2]byte{{8, 0}, {8, 0}, {13, 14}, {15, 16}, {17, 18}}
	if t.proto == protoICMPv6 {
		pairs = [][2]byte{{128, 129}, {128, 129}, {139, 140}}
	}
	l4[0] = pairs[int(t.id)%len(pairs)][from]
	if t.odd > 0 && t.r.IntN(t.odd) == 0 {
		l4[0] = byte(t.r.IntN(256))
		l4[1] = byte(t.r.IntN(3))
	}
	if t.id%7 == 0 {
		l4[1] = 1
	}
	if t.proto == protoICMPv6 && t.id%4 == 3 { // discovery and listeners, and their neighbours by number
		l4[0] = []byte{130, 131, 132, 133, 134, 135, 136, 137, 138, 143, 144}[t.r.IntN(11)]
	}
	be.PutUint16(l4[4:], t.id)
	be.PutUint16(l4[6:], uint16(t.step))
	t.sealed(t.proto, l4)
	return t.harm(l4)
}

// greOf is GRE of version 0, with or without a key, or PPTP's.
func greOf(t *talk, from int) []byte {
	l4 := make([]byte, 16+t.r.IntN(20))
	be.PutUint16(l4[2:], 0x0800)
	switch t.id % 4 {
	case 0:
		l4[0] = 0x20
		be.PutUint32(l4[4:], uint32(t.id))
	case 1:
		l4[0], l4[1] = 0x30, 1
		be.PutUint16(l4[2:], 0x880b)
		be.PutUint16(l4[6:], t.port[from])
	}
	return t.harm(l4)
}

func plainOf(t *talk, _ int) []byte {
	l4 := make([]byte, t.r.IntN(40))
	for i := range l4 {
		l4[i] = byte(t.r.Uint32())
	}
	return l4
}

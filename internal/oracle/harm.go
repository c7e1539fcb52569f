package oracle

// near is a number close to one that matters, or anywhere.
func (t *tcpTalk) near(n uint32) uint32 {
	switch t.r.IntN(8) {
	case 0:
		return n + 1
	case 1:
		return n - 1
	case 2:
		return n + uint32(t.r.IntN(1000))
	case 3:
		return n - uint32(t.r.IntN(1000))
	case 4:
		return n + uint32(t.r.IntN(200000)) - 100000
	case 5:
		return t.r.Uint32()
	case 6:
		return 0
	}
	return n
}

// harmed is a segment with something changed, that reaches nobody behind the middle.
func (t *tcpTalk) harmed(s segment) segment {
	switch t.r.IntN(14) {
	case 0:
		s.flags = uint8(t.r.IntN(256))
	case 1:
		s.flags ^= 1 << t.r.IntN(8)
	case 2, 3:
		s.seq = t.near(s.seq)
	case 4, 5:
		s.ack = t.near(s.ack)
	case 6:
		s.win = []uint16{0, 1, s.win / 2, 65535, uint16(t.r.IntN(65536))}[t.r.IntN(5)]
	case 7:
		s.badSum = true
	case 8:
		s.offset = t.r.IntN(16) - 5
	case 9:
		s.net.cut = 1 + t.r.IntN(30)
	case 10:
		s.opt = t.oddOptions()
	case 11:
		s.n = t.r.IntN(3000)
	case 12:
		s.from = 1 - s.from
	case 13:
		s.net = t.oddNetwork()
	}
	return s
}

// oddOptions are options of any kind and length, right and wrong.
func (t *tcpTalk) oddOptions() (o []byte) {
	for range t.r.IntN(4) {
		switch t.r.IntN(7) {
		case 0:
			o = append(o, scaleOption(uint8(t.r.IntN(20)))...)
		case 1:
			o = append(o, sackOKOption()...)
		case 2:
			o = append(o, sackOption(span{t.near(t.last.ack), t.near(t.last.ack)})...)
		case 3:
			o = append(o, optNop)
		case 4:
			o = append(o, uint8(t.r.IntN(10)), uint8(t.r.IntN(12)))
		case 5:
			o = append(o, timesOption(t.r.Uint32(), 0)...)
		case 6:
			o = append(o, optEnd, 7, 7)
		}
	}
	return o
}

func (t *tcpTalk) oddNetwork() (n network) { return oddNetwork(t.r, t.addr[0].Is6()) }

// madeUp is a segment that nobody of the two has sent, around what they have.
func (t *tcpTalk) madeUp() segment {
	from := t.r.IntN(2)
	p := t.peers[from]
	s := segment{from: from, seq: t.near(p.next), ack: t.near(p.got), win: p.win(false), flags: ack}
	switch t.r.IntN(10) {
	case 0, 1:
		s.flags = rst
	case 2, 3:
		s.flags = rst | ack
	case 4, 5:
		s.flags = syn
		s.opt = p.synOptions(syn)
	case 6:
		s.flags = syn | ack
		s.opt = p.synOptions(syn)
	case 7:
		s.flags = fin | ack
	case 8:
		s.flags = uint8(t.r.IntN(256))
	case 9:
		s.n = t.r.IntN(1400)
	}
	if s.flags&rst != 0 && t.r.IntN(2) == 0 {
		s.seq = t.near(t.peers[1-from].got)
	}
	if s.flags&syn != 0 {
		t.maybeAnswer(s)
	}
	return s
}

// maybeAnswer lets the other end answer a made-up SYN, as it would.
func (t *tcpTalk) maybeAnswer(s segment) {
	if t.r.IntN(2) == 0 {
		t.behind = append(t.behind, s)
	}
}

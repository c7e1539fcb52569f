package oracle

import (
	"math/rand/v2"
	"slices"
)

// span is a piece of sequence space.
type span struct{ from, to uint32 }

// before reports whether sequence number a lies before b.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// States of a peer.
const (
	closed = iota
	listening
	synSent
	synReceived
	open // FINs are flags of it
)

// peer is one end of a TCP connection: as little of one as brings conntrack into all its states.
type peer struct {
	side   int
	r      *rand.Rand
	state  int
	una    uint32 // oldest byte not acknowledged
	next   uint32 // to send
	got    uint32 // next byte expected
	window uint32 // what the other allows behind una
	room   uint32 // what this end allows
	early  []span // received out of order

	finSent, finGot bool
	scale           uint8 // shift of what this end announces
	wantScale       bool
	wantSack        bool
	wantTimes       bool
	scaling         bool // both do
	sacking         bool
	times           bool
	otherScale      uint8
	out             []segment // to go onto the wire
}

// start makes the end as new: as a client, or as a server where it listens.
func (p *peer) start(state int, iss uint32) {
	*p = peer{side: p.side, r: p.r, state: state, una: iss, next: iss}
	p.wantScale, p.wantSack, p.wantTimes = p.r.IntN(4) > 0, p.r.IntN(4) > 0, p.r.IntN(2) == 0
	p.scale = uint8(p.r.IntN(15))
	if p.r.IntN(3) > 0 {
		p.scale = uint8(p.r.IntN(4))
	}
	p.room = []uint32{1, 500, 1000, 4096, 20000, 65535}[p.r.IntN(6)]
	if p.wantScale {
		p.room <<= p.r.IntN(int(p.scale) + 1)
	}
}

// win is the window field.
func (p *peer) win(isSyn bool) uint16 {
	w := p.room
	if p.scaling && !isSyn {
		w >>= p.scale
	}
	return uint16(min(w, 65535))
}

// send puts a segment onto the wire; what has a length moves next, unless the segment is an old one.
func (p *peer) send(flags uint8, seq uint32, n int) {
	s := segment{from: p.side, flags: flags, seq: seq, win: p.win(flags&syn != 0), n: n}
	if flags&ack != 0 {
		s.ack = p.got
	}
	if flags&syn != 0 {
		s.opt = p.synOptions(flags)
	} else if p.times && flags&rst == 0 {
		s.opt = timesOption(p.next, p.got)
	}
	if p.sacking && flags&ack != 0 && flags&(syn|rst) == 0 && len(p.early) > 0 {
		s.opt = append(s.opt, sackOption(p.early[:min(len(p.early), 3)]...)...)
	}
	if before(p.next, s.end()) {
		p.next = s.end()
	}
	p.out = append(p.out, s)
}

func (p *peer) synOptions(flags uint8) (o []byte) {
	answer := flags&ack != 0
	if p.r.IntN(8) > 0 {
		o = mssOption(1460)
	}
	if p.wantSack && (!answer || p.sacking) {
		o = append(o, sackOKOption()...)
	}
	if p.wantTimes && (!answer || p.times) {
		o = append(o, timesOption(p.next, 0)...)
	}
	if p.wantScale && (!answer || p.scaling) {
		o = append(o, scaleOption(p.scale)...)
	}
	return o
}

// act does what an application or a timer might.
func (p *peer) act() {
	switch p.state {
	case synSent:
		p.send(syn, p.una, 0)
	case synReceived:
		p.send(syn|ack, p.una, 0)
	case open:
		p.actOpen()
	}
}

func (p *peer) actOpen() {
	inFlight := p.next - p.una
	switch n := p.r.IntN(40); {
	case n < 18 && !p.finSent:
		size := 1 + p.r.IntN([]int{10, 100, 1400}[p.r.IntN(3)])
		if left := int32(p.window - inFlight); int(left) < size && p.r.IntN(20) > 0 {
			size = int(max(left, 0)) // as far as the other allows, mostly
		}
		if size > 0 {
			p.send(ack|psh*uint8(p.r.IntN(2)), p.next, size)
		}
	case n < 25 && inFlight > 0:
		p.resend()
	case n < 32:
		p.send(ack, p.next, 0)
	case n < 33:
		p.send(ack, p.una-1, p.r.IntN(2)) // keepalive
	case n < 34:
		p.room = p.room * uint32(p.r.IntN(5)) / 2 // a window that opens and shuts
		p.send(ack, p.next, 0)
	case n < 38 && !p.finSent && p.r.IntN(2) == 0:
		p.finSent = true
		p.send(fin|ack, p.next, 0)
	case n == 39 && p.r.IntN(4) == 0:
		p.send(rst|ack*uint8(p.r.IntN(2)), p.next, 0)
		p.state = closed
	}
}

// resend sends what is oldest again.
func (p *peer) resend() {
	n, flags := int(p.next-p.una), uint8(ack)
	if p.finSent {
		n--
	}
	if n > 1400 {
		n = 1400
	} else if p.finSent {
		flags |= fin
	}
	p.send(flags, p.una, max(n, 0))
}

// receive takes a segment that has come through.
func (p *peer) receive(s *segment) {
	if s.flags&ack != 0 && p.state >= synReceived {
		w := uint32(s.win)
		if p.scaling && s.flags&syn == 0 {
			w <<= p.otherScale
		}
		p.window = w
	}
	switch p.state {
	case closed:
		p.refuse(s)
	case listening, synSent:
		p.begin(s)
	default:
		p.follow(s)
	}
}

// refuse answers what belongs to no connection.
func (p *peer) refuse(s *segment) {
	if s.flags&rst != 0 || p.r.IntN(4) == 0 {
		return
	}
	if s.flags&ack != 0 {
		p.out = append(p.out, segment{from: p.side, flags: rst, seq: s.ack})
	} else {
		p.out = append(p.out, segment{from: p.side, flags: rst | ack, ack: s.end()})
	}
}

// begin takes a segment before the connection is there.
func (p *peer) begin(s *segment) {
	isAck, isSyn := s.flags&ack != 0, s.flags&syn != 0
	if isAck && (p.state == listening || s.ack != p.next) {
		p.refuse(s)
		return
	}
	if s.flags&rst != 0 {
		if isAck {
			p.state = closed
		}
		return
	}
	if !isSyn {
		return
	}
	p.got = s.end()
	p.window = uint32(s.win)
	p.agree(s)
	if isAck {
		p.state, p.una = open, s.ack
		p.send(ack, p.next, 0)
		return
	}
	p.state = synReceived
	p.send(syn|ack, p.una, 0)
}

// agree reads the options of the other's SYN.
func (p *peer) agree(s *segment) {
	for o := s.opt; len(o) > 1; {
		if o[0] == optNop {
			o = o[1:]
			continue
		}
		n := int(o[1])
		if n < 2 || n > len(o) {
			return
		}
		switch o[0] {
		case optScale:
			p.scaling, p.otherScale = p.wantScale, min(o[2], 14)
		case optSackOK:
			p.sacking = p.wantSack
		case optTimes:
			p.times = p.wantTimes
		}
		o = o[n:]
	}
}

// follow takes a segment of a connection that is there.
func (p *peer) follow(s *segment) {
	if s.flags&rst != 0 {
		if s.seq == p.got {
			p.state = closed
		} else if !before(s.seq, p.got) && before(s.seq, p.got+max(p.room, 1)) {
			p.send(ack, p.next, 0) // a challenge
		}
		return
	}
	if s.flags&syn != 0 {
		if p.state == open {
			p.send(ack, p.next, 0) // a challenge
		} else {
			p.act()
		}
		return
	}
	if s.flags&ack != 0 && before(p.una, s.ack) && !before(p.next, s.ack) {
		p.una = s.ack
		p.state = open
	}
	p.take(s)
}

// take takes a segment's data and FIN, and acknowledges, mostly.
func (p *peer) take(s *segment) {
	if s.end() == s.seq {
		return
	}
	if before(p.got, s.seq) {
		p.early = slices.Insert(p.early, 0, span{s.seq, s.end()})[:min(len(p.early)+1, 4)]
	} else if before(p.got, s.end()) {
		p.got = s.end()
		p.finGot = p.finGot || s.flags&fin != 0
		p.early = slices.DeleteFunc(p.early, func(e span) bool {
			if !before(p.got, e.from) && before(p.got, e.to) {
				p.got = e.to
			}
			return !before(p.got, e.to)
		})
	}
	if p.r.IntN(5) > 0 {
		p.send(ack, p.next, 0)
	}
}

// done reports whether the end has nothing more to do.
func (p *peer) done() bool { return p.state == closed || p.finSent && p.finGot && p.una == p.next }

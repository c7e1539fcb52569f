package oracle

import "math/rand/v2"

// tcpTalk is a dialogue between two peers over a bad network, heard in the middle: what is lost before or behind the middle,
// late, doubled or out of order, and now and then what somebody else made up.
type tcpTalk struct {
	ends
	r       *rand.Rand
	peers   [2]*peer
	before  []segment // on the way to the middle
	behind  []segment // on the way from it
	left    int       // packets until the dialogue ends, whatever becomes of it
	again   int       // how often it may begin anew
	harm    int       // one packet in so many is changed or made up; 0 for none
	loss    int       // one packet in so many is lost, and as many are doubled
	last    segment   // that was heard
	heardAt [2]uint32 // highest end heard of each side
}

func newTCPTalk(r *rand.Rand, e ends) *tcpTalk {
	t := &tcpTalk{ends: e, r: r, left: 10 + r.IntN(90), again: r.IntN(3), harm: []int{0, 60, 15, 6}[r.IntN(4)], loss: []int{40, 40, 10, 5}[r.IntN(4)]}
	for i := range t.peers {
		t.peers[i] = &peer{side: i, r: r}
	}
	t.open(0)
	if r.IntN(8) == 0 { // in the middle of a connection
		t.middle()
	}
	return t
}

// open starts both ends anew, from a side; with new sequence numbers, higher, lower or anywhere.
func (t *tcpTalk) open(from int) {
	iss := t.r.Uint32()
	if t.heardAt[from] != 0 && t.r.IntN(3) > 0 {
		iss = t.heardAt[from] + uint32(t.r.IntN(200000)-60000)
	}
	t.peers[from].start(synSent, iss)
	iss = t.r.Uint32()
	if t.r.IntN(20) == 0 {
		t.peers[1-from].start(synSent, iss) // both at once
		t.peers[1-from].act()
	} else {
		t.peers[1-from].start(listening, iss)
	}
	t.peers[from].act()
}

// middle makes both ends as if they had been talking for long.
func (t *tcpTalk) middle() {
	for i, p := range t.peers {
		o := t.peers[1-i]
		p.state, p.out = open, nil
		p.scaling = p.wantScale && o.wantScale
		p.sacking = p.wantSack && o.wantSack
		p.otherScale = o.scale
	}
	for i, p := range t.peers {
		o := t.peers[1-i]
		p.got, p.window = o.next, o.room
	}
}

// packet is the next that the middle hears; not ok when there is no more.
func (t *tcpTalk) packet() (p []byte, ok bool) {
	for t.left > 0 {
		if s, heard := t.step(); heard {
			t.left--
			return s.datagram(&t.ends), true
		}
		if t.peers[0].done() && t.peers[1].done() && len(t.before)+len(t.behind) == 0 && !t.anew() {
			break
		}
	}
	return nil, false
}

// anew begins again on the same ports, or adds something to a finished connection.
func (t *tcpTalk) anew() bool {
	if t.again == 0 {
		return false
	}
	t.again--
	t.open(min(1, t.r.IntN(6)/5))
	return true
}

// step lets one thing happen, and returns the segment if that is one the middle hears.
func (t *tcpTalk) step() (segment, bool) {
	for _, p := range t.peers {
		t.before = append(t.before, p.out...)
		p.out = nil
	}
	switch n := t.r.IntN(10); {
	case len(t.behind) > 0 && n < 4:
		s := t.pick(&t.behind)
		if t.r.IntN(t.loss) > 0 { // else lost
			t.peers[1-s.from].receive(&s)
		}
		return s, false
	case len(t.before) > 0 && n < 9:
		return t.hear()
	}
	if t.harm > 0 && t.r.IntN(3*t.harm) == 0 {
		return t.madeUp(), true
	}
	if t.r.IntN(400) == 0 { // one end has lost its memory, and begins again
		t.open(t.r.IntN(2))
		return segment{}, false
	}
	t.peers[t.r.IntN(2)].act()
	return segment{}, false
}

// hear takes a segment to the middle.
func (t *tcpTalk) hear() (segment, bool) {
	s := t.pick(&t.before)
	switch n := t.r.IntN(t.loss); {
	case n == 0:
		return s, false // lost
	case n == 1:
		t.before = append(t.before, s) // doubled
	}
	if t.harm > 0 && t.r.IntN(t.harm) == 0 {
		return t.harmed(s), true
	}
	if before(t.heardAt[s.from], s.end()) || t.heardAt[s.from] == 0 {
		t.heardAt[s.from] = s.end()
	}
	t.last = s
	t.behind = append(t.behind, s)
	return s, true
}

// pick takes a segment off a queue: mostly the first.
func (t *tcpTalk) pick(q *[]segment) segment {
	i := 0
	if t.r.IntN(min(t.loss, 10)) == 0 {
		i = t.r.IntN(len(*q))
	}
	s := (*q)[i]
	*q = append((*q)[:i:i], (*q)[i+1:]...)
	return s
}

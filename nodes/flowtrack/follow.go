package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// steady follows the packets, from the first on, that leave their sessions' words as they are, until one that does not, and
// returns how many they are. It is a function of its own so that everything stays in registers.
//
//go:noinline
func steady[K flow.Key](limits *timeouts, t *flow.Table[K], found []uint32, at []uint8, v buffer.View, bufs []buffer.Index, tick uint32) int {
	at = at[:len(found)]
	for i, x := range found {
		if x == flow.None {
			return i
		}
		m := v.Meta(bufs[at[i]])
		s := t.State(x)
		word := s.LoadWord()
		reply := (word>>wordReversedBit ^ uint32(m.Flags)) & 1
		if word>>steadyShift>>reply&1 == 0 || limits.expired(word, s.LoadLastSeen(), tick) {
			return i
		}
		t.Counters(x).Add(int(reply), uint64(m.Len))
		s.Seen(tick)
		mark(m, x, word, reply)
	}
	return len(found)
}

// mark makes x the packet's session.
func mark(m *buffer.Meta, x, word, reply uint32) {
	m.Flow, m.State = x, uint8(stateOf(word))
	m.Flags = m.Flags | buffer.FlagHasFlow | uint8(reply)*buffer.FlagReply
	was := class(word)
	m.Track = was ^ (was^buffer.TrackEstablished)&-buffer.Track(reply) // without a branch: Established in the reply direction
}

// follow moves a session by a packet. It is false where the session is over, as if it had not been found.
func follow[K flow.Key](w *graph.Worker, d *desk, t *flow.Table[K], x uint32, m *buffer.Meta, p []byte) bool {
	s := t.State(x)
	word := s.LoadWord()
	if word&wordOver != 0 {
		return false
	}
	if d.timeouts.expired(word, s.LoadLastSeen(), d.tick) {
		end(d, t, x, overExpired)
		return false
	}
	reply := (word>>wordReversedBit ^ uint32(m.Flags)) & 1
	mark(m, x, word, reply)
	var ok bool
	switch k := timerOf(word); {
	case k < timerUDP:
		ok = followTCP(w, d, t, x, m, p, reply)
	case k >= timerSCTP:
		ok = followSCTP(w, d, t, x, m, p, reply)
	default:
		ok = followOther(d, t, x, reply)
	}
	if !ok {
		m.Flags &^= buffer.FlagHasFlow | buffer.FlagReply
		return false
	}
	if m.Flags&buffer.FlagHasFlow != 0 { // not invalid
		t.Counters(x).Add(int(reply), uint64(m.Len))
		m.State = uint8(stateOf(s.LoadWord()))
	}
	return true
}

// followOther is follow for protocols without connections: an answer is all that can happen to their sessions, and that they
// go on for a while.
func followOther[K flow.Key](d *desk, t *flow.Table[K], x, reply uint32) bool {
	s := t.State(x)
	for {
		old := s.LoadWord()
		word := nextOther(old, reply != 0, d.tick-t.Origin(x).Created)
		if word == old || s.SwapWord(old, word) {
			s.Seen(d.tick)
			changed(d, t, x, old, word)
			return true
		}
	}
}

// streamAfter is how old a UDP session must be for two-way traffic to be a stream: 2 s, in ticks.
const streamAfter = 2000

// nextOther is the word after a packet of a session that is age ticks old.
func nextOther(word uint32, reply bool, age uint32) uint32 {
	if word&wordReplied != 0 {
		switch k := timerOf(word); {
		case k == timerUDP && (word&wordLite != 0 || int32(age) > streamAfter):
			word = withTimer(word, timerUDPStream) | wordAssured
		case k == timerGRE:
			word = withTimer(word, timerGREStream) | wordAssured
		}
	}
	if reply && word&wordReplied == 0 {
		word = withDetail(replied(word), 0, StateEstablished)
	}
	return withSteady(word)
}

// withSteady notes which packets leave the word as it is.
func withSteady(word uint32) uint32 {
	word &^= wordSteadyOrig | wordSteadyReply
	switch k := timerOf(word); {
	case word&wordReplied == 0:
		word |= wordSteadyOrig
	case k != timerUDP && k != timerGRE:
		word |= wordSteadyOrig | wordSteadyReply
	}
	return word
}

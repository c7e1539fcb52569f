package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// State is what a session is in.
type State uint8

// The states.
const (
	StateNone State = iota
	StateNew
	StateEstablished
	StateFinWait
	StateClosed
	numStates
)

// String is the state as it is shown.
func (s State) String() string {
	return [...]string{"", "NEW", "ESTABLISHED", "FIN_WAIT", "CLOSED"}[s]
}

// class is the kind of session, as far as states and timeouts differ.
type class uint8

const (
	classTCP class = iota
	classUDP
	classICMP
	classOther
)

// The word: state, class and flags of a session.
const (
	stateMask  = 7
	classShift = 3
	kindMask   = 0x3f // state and class: the index of the timeout

	wordReversedBit = 6
	wordReversed    = 1 << wordReversedBit // the original source is endpoint 1 of the key
	wordReplied     = 1 << 7               // a packet of the reply direction was seen
	wordFinOrig     = 1 << 8               // the originator has sent FIN
	wordFinReply    = 1 << 9               // the other side has
	wordLastFin     = 1 << 10              // the first FIN that came later than the other side's was the reply's
	wordAnswer      = 1 << 11              // it began with SYN and ACK: the packet before, the other side's, was not seen
)

func stateOf(word uint32) State { return State(word & stateMask) }
func classOf(word uint32) class { return class(word & kindMask >> classShift) }

func withState(word uint32, s State) uint32 { return word&^stateMask | uint32(s) }

func classify(proto uint8) class {
	switch proto {
	case packet.ProtoTCP:
		return classTCP
	case packet.ProtoUDP, packet.ProtoUDPLite:
		return classUDP
	case packet.ProtoICMP, packet.ProtoICMP6:
		return classICMP
	}
	return classOther
}

// begin is the word of a session that starts with this packet; ok is false for a packet that starts none: a reset.
func begin(m *buffer.Meta) (word uint32, ok bool) {
	c := classify(m.Proto)
	word = uint32(c)<<classShift | uint32(StateNew)
	if m.Flags&buffer.FlagReversed != 0 {
		word |= wordReversed
	}
	if c != classTCP {
		return word, true
	}
	f := m.TCPFlags
	switch {
	case f&packet.TCPRst != 0:
		return 0, false
	case f&packet.TCPSyn != 0:
		if f&packet.TCPAck != 0 {
			word |= wordAnswer
		}
	case f&packet.TCPFin != 0:
		word = withState(word, StateFinWait) | wordFinOrig
	case f&packet.TCPAck != 0: // picked up in mid-stream
		word = withState(word, StateEstablished)
	}
	return word, true
}

// next is the word of a session after a packet in the given direction.
func next(word uint32, m *buffer.Meta, reply bool) uint32 {
	if reply {
		word |= wordReplied
	}
	if classOf(word) == classTCP {
		return nextTCP(word, m.TCPFlags, reply)
	}
	if reply {
		return withState(word, StateEstablished)
	}
	return word
}

func nextTCP(word uint32, f uint8, reply bool) uint32 {
	switch {
	case f&packet.TCPRst != 0:
		return withState(word, StateClosed)
	case stateOf(word) == StateClosed:
		if f&(packet.TCPSyn|packet.TCPAck) == packet.TCPSyn && !reply { // closed by this very vector: see isReopen
			return word&(kindMask|wordReversed)&^stateMask | uint32(StateNew)
		}
		return word
	case f&packet.TCPFin != 0:
		return fin(word, reply)
	case f&packet.TCPAck == 0:
		return word
	}
	switch stateOf(word) {
	case StateNew: // the third packet of the handshake comes from the side that sent the first
		if word&wordReplied != 0 && f&packet.TCPSyn == 0 && reply == (word&wordAnswer != 0) {
			return withState(word, StateEstablished)
		}
	case StateFinWait: // the acknowledgement of the second FIN
		const both = wordFinOrig | wordFinReply
		if word&both == both && reply != (word&wordLastFin != 0) {
			return withState(word, StateClosed)
		}
	}
	return word
}

// fin notes a FIN; of two, the later one is the one whose acknowledgement ends the session.
func fin(word uint32, reply bool) uint32 {
	own, other, last := uint32(wordFinOrig), uint32(wordFinReply), uint32(0)
	if reply {
		own, other, last = wordFinReply, wordFinOrig, wordLastFin
	}
	if word&own == 0 && word&other != 0 {
		word = word&^wordLastFin | last
	}
	return withState(word|own, StateFinWait)
}

// isReopen reports whether a packet begins a new session where a closed one still lies.
func isReopen(word uint32, m *buffer.Meta) bool {
	return stateOf(word) == StateClosed && classOf(word) == classTCP && m.TCPFlags&(packet.TCPSyn|packet.TCPAck|packet.TCPRst) == packet.TCPSyn
}

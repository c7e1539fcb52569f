package tcp

import "github.com/gvpp/gvpp/dataplane/packet"

// State is the state of a connection as an observer knows it. Numbers and names are nf_conntrack's.
type State uint8

// The states.
const (
	None        State = iota // no segment yet
	SynSent                  // SYN
	SynRecv                  // SYN+ACK
	Established              // ACK
	FinWait                  // FIN
	CloseWait                // FIN, and an ACK behind it
	LastAck                  // FIN from both sides
	TimeWait                 // the last ACK
	Close                    // RST
	SynSent2                 // SYN from both sides
	NumStates
)

var stateNames = [NumStates]string{"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"}

// String is the state as `conntrack -L` prints it.
func (s State) String() string {
	if s < NumStates {
		return stateNames[s]
	}
	return "?"
}

// closing reports whether the connection is on its way out: what is known of its numbers may be a former connection's.
func (s State) closing() bool { return s >= FinWait && s <= Close }

// Flags of a segment.
const (
	fin = packet.TCPFin
	syn = packet.TCPSyn
	rst = packet.TCPRst
	ack = packet.TCPAck
)

// kind is what of a segment's flags moves the state.
type kind uint8

const (
	isNone kind = iota
	isSyn
	isSynAck
	isFin
	isAck
	isRst
	numKinds
)

func kindOf(flags uint8) kind {
	switch {
	case flags&rst != 0:
		return isRst
	case flags&(syn|ack) == syn|ack:
		return isSynAck
	case flags&syn != 0:
		return isSyn
	case flags&fin != 0:
		return isFin
	case flags&ack != 0:
		return isAck
	}
	return isNone
}

// Beside states, what a segment can do.
const (
	ignored State = 14 // it passes, for it may tell the truth, but nothing is believed yet
	invalid State = 15
)

// moves is the state machine: by direction, kind and state, the next state, ignored or invalid.
var moves = func() (t [2][numKinds][NumStates]State) {
	for d := range t {
		for k := range t[d] {
			for s := range t[d][k] {
				t[d][k][s] = move(kind(k), d == 1, State(s))
			}
		}
	}
	return t
}()

// move is one entry of moves, in words.
func move(k kind, reply bool, s State) State {
	switch k {
	case isSyn:
		if reply {
			return moveSynReply(s)
		}
		return moveSyn(s)
	case isSynAck:
		return moveSynAck(reply, s)
	case isFin:
		return moveFin(s)
	case isAck:
		return moveAck(reply, s)
	case isRst:
		if s != None {
			return Close
		}
	}
	return invalid
}

// moveSyn: the beginning, again, or a connection in place of one that has ended.
func moveSyn(s State) State {
	switch s {
	case None, SynSent, TimeWait, Close:
		return SynSent
	case SynSent2:
		return SynSent2
	}
	return ignored // the other side answers with an ACK or a RST, which tells
}

// moveSynReply: both sides open at once, or have changed roles since.
func moveSynReply(s State) State {
	switch s {
	case SynSent, SynSent2:
		return SynSent2
	case TimeWait:
		return SynSent
	}
	return invalid
}

func moveSynAck(reply bool, s State) State {
	switch {
	case s == SynSent2, s == SynSent && reply, s == SynRecv && !reply:
		return SynRecv
	case reply && s != None:
		return ignored // again, late, or the answer to a SYN that was ignored
	}
	return invalid
}

func moveFin(s State) State {
	switch s {
	case SynRecv, Established:
		return FinWait
	case FinWait, CloseWait, LastAck:
		return LastAck // perhaps the first one again
	case TimeWait, Close:
		return s
	}
	return invalid
}

func moveAck(reply bool, s State) State {
	switch s {
	case None: // picked up in mid-stream
		if !reply {
			return Established
		}
	case SynSent, SynSent2:
		if reply {
			return ignored // half open there
		}
	case SynRecv:
		if reply {
			return SynRecv
		}
		return Established
	case FinWait:
		return CloseWait
	case LastAck:
		return TimeWait
	default:
		return s
	}
	return invalid
}

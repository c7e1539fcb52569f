package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/flowtrack/sctp"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// State is what a session is in, roughly: the same four for all protocols. Session.Detail has nf_conntrack's.
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

// The word of a session says all that a packet which changes nothing must know:
//
//	31 30    29 28   26 25                   13 12     9 8      5 4     0
//	 0 | lineage | class | flags, coarse state  | detail | policy | timer |
//
// timer and policy are the index of the timeout that runs; detail is the protocol's own state; class is the Track of a packet
// of the original direction.
const (
	timerMask   = 1<<5 - 1
	policyShift = 5
	policyMask  = 1<<4 - 1
	limitMask   = 1<<9 - 1 // timer and policy
	detailShift = 9
	detailMask  = 1<<4 - 1

	wordReversedBit = 13
	wordReversed    = 1 << wordReversedBit // the original source is endpoint 1 of the key
	steadyShift     = 14                   // two bits, by direction: a packet that comes leaves the word as it is
	wordSteadyOrig  = 1 << steadyShift
	wordSteadyReply = 2 << steadyShift
	wordReplied     = 1 << 16 // a packet of the reply direction was seen
	wordAssured     = 1 << 17 // more than a probe: early drop spares it
	wordExpected    = 1 << 18 // a helper has announced it
	wordZoned       = 1 << 19 // it counts as one of its zone's
	wordOver        = 1 << 20 // it has ended: packets that have found it before have not found it
	wordHelped      = 1 << 21 // a helper reads along
	wordLite        = 1 << 25 // UDP-Lite: an answer makes it a stream
	coarseShift     = 22
	coarseMask      = 1<<3 - 1
	classShift      = 26
	lineageShift    = 29 // two bits: by which prefix lengths it counts as one of its source's; 0: by none

	wordCounts = wordZoned | (numLineages-1)<<lineageShift // it counts for limits
)

func stateOf(word uint32) State      { return State(word >> coarseShift & coarseMask) }
func timerOf(word uint32) timer      { return timer(word & timerMask) }
func detailOf(word uint32) uint8     { return uint8(word >> detailShift & detailMask) }
func class(word uint32) buffer.Track { return buffer.Track(word >> classShift & 7) }

func withTimer(word uint32, t timer) uint32 { return word&^timerMask | uint32(t) }

func withDetail(word uint32, d uint8, s State) uint32 {
	return word&^(detailMask<<detailShift|coarseMask<<coarseShift) | uint32(d)<<detailShift | uint32(s)<<coarseShift
}

func withClass(word uint32, t buffer.Track) uint32 {
	return word&^(7<<classShift) | uint32(t)<<classShift
}

// replied is the word of a session of which a packet of the reply direction has been seen.
func replied(word uint32) uint32 { return withClass(word|wordReplied, buffer.TrackEstablished) }

// coarseTCP and coarseSCTP fold the protocols' states into four.
var coarseTCP = [tcp.NumStates]State{
	tcp.SynSent: StateNew, tcp.SynSent2: StateNew, tcp.SynRecv: StateNew, tcp.Established: StateEstablished, tcp.FinWait: StateFinWait,
	tcp.CloseWait: StateFinWait, tcp.LastAck: StateFinWait, tcp.TimeWait: StateClosed, tcp.Close: StateClosed,
}

var coarseSCTP = [sctp.NumStates]State{
	sctp.Closed: StateNew, sctp.CookieWait: StateNew, sctp.CookieEchoed: StateNew, sctp.HeartbeatSent: StateNew, sctp.Established: StateEstablished,
	sctp.ShutdownSent: StateFinWait, sctp.ShutdownRecd: StateFinWait, sctp.ShutdownAckSent: StateFinWait,
}

// detailName is nf_conntrack's name of the protocol's state; "" where it has none.
func detailName(proto uint8, word uint32) string {
	switch proto {
	case packet.ProtoTCP:
		return tcp.State(detailOf(word)).String()
	case packet.ProtoSCTP:
		return sctp.State(detailOf(word)).String()
	}
	return ""
}

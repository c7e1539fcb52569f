package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// Reason is why a packet is invalid: first the parser's flaws, by their numbers, then the trackers' reasons. It is a counter
// of flow-lookup, less one.
type Reason uint8

const (
	reasonTCP    = Reason(packet.NumFlaws) - 1 // and tcp's reasons behind it
	reasonSCTP   = reasonTCP + Reason(tcp.NumReasons)
	reasonBegin  = reasonSCTP + 1
	reasonQuote  = reasonSCTP + 2
	reasonNoneOf = reasonSCTP + 3
	reasonPiece  = reasonSCTP + 4
	reasonHelper = reasonSCTP + 5
	numReasons   = reasonSCTP + 6
)

var tcpReasons = [tcp.NumReasons]string{
	tcp.WrongState:  "TCP: such a segment cannot come in this state",
	tcp.WrongReset:  "TCP: reset below what was acknowledged",
	tcp.SeqAbove:    "TCP: beyond the receiver's window",
	tcp.SeqBelow:    "TCP: below the receiver's window",
	tcp.AckAbove:    "TCP: acknowledges what was not sent",
	tcp.AckBelow:    "TCP: acknowledges what was acknowledged long ago",
	tcp.CannotBegin: "TCP: such a segment begins no connection",
	tcp.NotPickedUp: "TCP: a connection picked up in mid-stream (tcp_loose 0)",
}

// String is the reason as counters and traces show it.
func (r Reason) String() string {
	switch {
	case r < Reason(packet.NumFlaws):
		return packet.Flaw(r).String()
	case r < reasonSCTP:
		return tcpReasons[r-reasonTCP]
	case r == reasonSCTP:
		return "SCTP: wrong chunks or tag for this state"
	case r == reasonBegin:
		return "ICMP: no query, and nobody has asked"
	case r == reasonQuote:
		return "ICMP error: quotes too little, or goes to somebody else than the sender"
	case r == reasonPiece:
		return "fragment of a datagram that was not put together"
	case r == reasonNoneOf:
		return "ICMP error: about no packet of a session"
	case r == reasonHelper:
		return "a helper's: an announcement that is cut, or for which there is no room"
	}
	return "unknown reason"
}

// lookupCounters count invalid packets by reason.
var lookupCounters = func() (c graph.Counters) {
	for r := Reason(1); r < numReasons; r++ {
		c = append(c, "invalid: "+r.String())
	}
	return c
}()

// refuse makes a packet invalid: it has no session and begins none. At flow-lookup, w counts it; elsewhere w is nil: it has been
// let through already, or flow-lookup is to come.
func refuse(w *graph.Worker, m *buffer.Meta, r Reason) {
	m.Flags &^= buffer.FlagHasFlow | buffer.FlagReply | buffer.FlagSessions
	m.Track = buffer.TrackInvalid | buffer.Track(r)<<buffer.TrackReasonShift
	if w != nil {
		w.Count(graph.Counter(r-1), 1)
	}
}

// A reason fits into the bits above a Track's class.
var _ [1<<(8-buffer.TrackReasonShift) - numReasons]byte

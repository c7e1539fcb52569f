package tcp

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// Conn is what is known of a connection: one cache line. The zero value knows nothing. Who changes it must be alone.
type Conn struct {
	sides [2]side // of the original direction's sender, of the reply's

	// The last segment that moved or might have moved something.
	seq, ack, end uint32
	win           uint16
	kind          kind
	dir           uint8 // 0 original, 1 reply
	flags         uint8 // of the SYN that was ignored, as side.flags; simultaneous and challenge
	scale         uint8 // of that SYN
	again         uint8 // how often it came again

	state State
	lock  uint32
}

// side is what is known of a sender. Sequence numbers wrap.
type side struct {
	end    uint32 // behind the last byte that it has sent
	maxEnd uint32 // behind the last byte that it may send
	maxWin uint32 // bytes: the largest window that it has offered; 0: nothing is known of it
	maxAck uint32 // the highest number that it has acknowledged; valid if ackKnown
	scale  uint8  // its window scale, once both sides are known to scale
	flags  uint8
}

// Bits of side.flags and Conn.flags.
const (
	scales       = 1 << iota // its SYN had a window scale
	sackOK                   // its SYN allowed selective acknowledgements
	closedFirst              // its FIN was the first
	liberal                  // windows are not checked, for the beginning was not seen
	unacked                  // it has sent data that is not acknowledged
	ackKnown                 // maxAck is valid
	challenge                // a SYN was ignored to which the other side may answer with a challenge
	simultaneous             // both sides have sent a SYN
)

// State is the connection's state.
func (c *Conn) State() State { return c.state }

// options takes from a SYN what the side can do.
func (a *side) options(o []byte) {
	if len(o) == 0 {
		return // what is known stays
	}
	got := packet.TCPOptionsOf(o)
	a.scale, a.flags = got.Scale, a.flags&liberal
	if got.HasScale {
		a.flags |= scales
	}
	if got.SACK {
		a.flags |= sackOK
	}
}

// before reports whether a comes before b, numbers that wrap.
func before(a, b uint32) bool { return int32(a-b) < 0 }

func after(a, b uint32) bool { return int32(a-b) > 0 }

// Pickup makes c a connection whose beginning was not seen: whatever segments come are in its windows. A table that was
// saved is read back so, for the numbers have gone on meanwhile.
func (c *Conn) Pickup(s State) {
	*c = Conn{state: s}
	c.sides[0].flags, c.sides[1].flags = sackOK|liberal, sackOK|liberal
}

// begin fills in the sender of the first segment, of kind k.
func (c *Conn) begin(seg *packet.Segment, k kind) {
	*c = Conn{}
	a := &c.sides[0]
	a.end, a.maxEnd, a.maxWin = seg.End, seg.End, max(1, uint32(seg.Window))
	if k == isSyn {
		a.options(seg.Options)
		return
	}
	a.maxEnd += a.maxWin
	a.flags, c.sides[1].flags = sackOK|liberal, sackOK|liberal
}

// A connection is one cache line.
var _ [64 - unsafe.Sizeof(Conn{})]byte
var _ [unsafe.Sizeof(Conn{}) - 64]byte

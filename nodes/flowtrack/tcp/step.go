package tcp

import "github.com/gvpp/gvpp/dataplane/packet"

// Rules are what an operator may choose. The names are nf_conntrack's.
type Rules struct {
	Loose            bool  // a connection may be picked up in mid-stream
	Liberal          bool  // windows are not checked; resets are
	IgnoreInvalidRST bool  // a reset below what was acknowledged counts, too
	MaxRetrans       uint8 // so many times the same segment without an answer, and the connection is let go of sooner
}

// Known is what is known of a connection besides Conn.
type Known uint8

// Bits of Known.
const (
	Replied Known = 1 << iota // a segment of the reply direction was seen before this one
	Assured                   // established, and both sides have been heard in time
)

// Verdict is what becomes of a segment and its connection.
type Verdict uint8

// The verdicts.
const (
	Follow  Verdict = iota // it belongs to the connection, which is in Result.State now
	Pass                   // it passes, and nothing is known for it; no timeout begins anew
	Again                  // a SYN, or a SYN+ACK, that was seen before: as Follow, but no timeout begins anew
	Gone                   // it passes, and the connection is over at once
	Reopen                 // it begins a connection in place of this one, which is over
	Invalid                // Result.Reason says why
)

// Reason is why a segment is invalid.
type Reason uint8

// The reasons.
const (
	_           Reason = iota
	WrongState         // a segment of its kind cannot come in this state
	WrongReset         // a reset below what its receiver has acknowledged
	SeqAbove           // beyond the receiver's window
	SeqBelow           // below the receiver's window
	AckAbove           // it acknowledges what was not sent
	AckBelow           // it acknowledges what was acknowledged long ago
	CannotBegin        // no connection begins so
	NotPickedUp        // nor in mid-stream, by the operator's choice
	NumReasons
)

// Timers is what may make another timeout run than the state's.
type Timers uint8

// Bits of Timers, in the order in which they are asked. Each but the second holds only where its timeout is the shorter one.
const (
	Repeated   Timers = 1 << iota // the same segment came again and again
	AfterReset                    // as in state Close
	Unacked                       // somebody waits for an acknowledgement
	Shut                          // the window is
)

// Result is what Step says.
type Result struct {
	Verdict Verdict
	State   State // after the segment
	Timers  Timers
	Reason  Reason
	Assured bool // from now on
	Shrink  bool // with Invalid: a FIN or RST in both directions, neither believed; do not wait for days
}

// Begin makes c the connection that a segment begins, if it can begin one.
func (c *Conn) Begin(seg *packet.Segment, r *Rules) Result {
	k := kindOf(seg.Flags)
	if why := beginning(k, r); why != 0 {
		return Result{Verdict: Invalid, Reason: why}
	}
	c.begin(seg, k)
	return c.Step(seg, false, 0, r)
}

// CanBegin says why a segment with these flags can begin no connection; 0: it can.
func CanBegin(flags uint8, r *Rules) Reason { return beginning(kindOf(flags), r) }

func beginning(k kind, r *Rules) Reason {
	switch {
	case k == isSyn:
		return 0
	case k != isAck:
		return CannotBegin
	case !r.Loose:
		return NotPickedUp
	}
	return 0
}

// Step judges a segment and moves the connection.
func (c *Conn) Step(seg *packet.Segment, reply bool, known Known, r *Rules) Result {
	k, dir := kindOf(seg.Flags), uint8(0)
	if reply {
		dir = 1
	}
	was := c.state
	to := moves[dir][k][was]
	judged := true
	switch to {
	case invalid:
		return Result{Verdict: Invalid, State: was, Reason: WrongState}
	case ignored:
		if !c.answersIgnored(seg, k, dir) {
			return c.ignore(seg, k, dir)
		}
		was, to = SynSent, SynRecv
	case SynSent:
		if was < TimeWait {
			break
		}
		if (c.sides[0].flags|c.sides[1].flags)&closedFirst != 0 || c.dir == dir && c.kind == isRst {
			return Result{Verdict: Reopen, State: was}
		}
		return c.ignore(seg, k, dir)
	case TimeWait:
		if was == LastAck && k == isAck && c.dir != dir && c.kind == isSyn && c.flags&challenge != 0 {
			c.flags &^= challenge // no last ACK: it challenges the SYN
			return Result{Verdict: Pass, State: was}
		}
	case SynSent2:
		c.flags |= simultaneous
	case SynRecv:
		if reply && k == isAck && c.flags&simultaneous != 0 {
			to = Established
		}
	case Close:
		if k == isRst {
			var bad bool
			if to, judged, bad = c.reset(seg, dir, known, r); bad {
				return Result{Verdict: Invalid, State: was, Reason: WrongReset}
			}
		}
	}
	if judged {
		switch p, why := c.judge(seg, k, dir, r); p {
		case passable:
			return Result{Verdict: Pass, State: c.state}
		case outside:
			return c.refuse(k, dir, known, why)
		}
	}
	return c.commit(k, dir, was, to, known, r)
}

// answersIgnored reports whether a segment is the SYN+ACK to a SYN that was ignored: both ends know of a new connection
// then, and what is known of the old one is replaced by what that SYN said.
func (c *Conn) answersIgnored(seg *packet.Segment, k kind, dir uint8) bool {
	if k != isSynAck || c.kind != isSyn || c.dir == dir || seg.Ack != c.end {
		return false
	}
	c.flags &^= challenge
	a, b := &c.sides[c.dir&1], &c.sides[dir&1]
	*a = side{end: c.end, maxEnd: c.end, maxWin: max(1, uint32(c.win)), maxAck: a.maxAck, scale: c.scale, flags: c.flags}
	*b = side{flags: b.flags & liberal}
	return true
}

// ignore lets a segment pass that may tell of a connection which is not the known one, and notes it.
func (c *Conn) ignore(seg *packet.Segment, k kind, dir uint8) Result {
	c.kind, c.dir, c.seq, c.end, c.win = k, dir, seg.Seq, seg.End, seg.Window
	if k == isSyn && dir == 0 {
		var s side
		s.options(seg.Options)
		c.flags, c.scale = s.flags&(scales|sackOK), s.scale
		if c.state == LastAck {
			c.flags |= challenge
		}
	}
	if c.state == SynSent && k == isAck && dir == 1 {
		c.ack = seg.Ack // perhaps a challenge, to which a reset is the answer
	}
	return Result{Verdict: Pass, State: c.state}
}

// reset says where a reset leads, whether its place must be judged, and whether it is bad.
func (c *Conn) reset(seg *packet.Segment, dir uint8, known Known, r *Rules) (to State, judged, bad bool) {
	if c.state.closing() { // the ports may be in use again, by a connection that is not known
		return Close, false, false
	}
	to = Close
	established := c.state == Established && known&Assured != 0
	if other := &c.sides[dir&1^1]; other.flags&ackKnown != 0 && c.kind != isSyn {
		switch {
		case seg.Seq == 0 && !established: // to a SYN that was let pass
			return Close, true, false
		case before(seg.Seq, other.maxAck) && !r.IgnoreInvalidRST:
			return Close, false, true
		case !established, seg.Seq == other.maxAck:
			return Close, true, false
		case c.kind == isAck && c.dir == dir && seg.Seq == c.end: // behind the segment before it
			return Close, true, false
		}
		to = c.state // not exact: the receiver will challenge it (RFC 5961, section 3.2)
	}
	if seg.Ack == c.end && (known&Replied != 0 && c.kind == isSyn && c.dir != dir || known&Assured == 0 && c.kind == isAck) {
		return to, false, false // to a SYN, or an ACK, that was let pass
	}
	if c.state == SynSent && c.kind == isAck && c.dir == 1 && seg.Seq == c.ack {
		return to, false, false // to a challenge
	}
	return to, true, false
}

// refuse is the result for a segment outside the windows.
func (c *Conn) refuse(k kind, dir uint8, known Known, why Reason) Result {
	res := Result{Verdict: Invalid, State: c.state, Reason: why}
	if known&Assured == 0 || k != isFin && k != isRst {
		return res
	}
	if c.dir != dir && (c.kind == isFin || c.kind == isRst) {
		res.Shrink = true
	} else {
		c.kind, c.dir = k, dir
	}
	return res
}

// commit takes the connection from one state to the other.
func (c *Conn) commit(k kind, dir uint8, was, to State, known Known, r *Rules) Result {
	c.kind, c.dir, c.state = k, dir, to
	if to == FinWait && was != to {
		c.sides[dir&1].flags |= closedFirst
	}
	res := Result{State: to}
	if c.again >= r.MaxRetrans {
		res.Timers |= Repeated
	}
	if k == isRst {
		res.Timers |= AfterReset
	}
	if (c.sides[0].flags|c.sides[1].flags)&unacked != 0 {
		res.Timers |= Unacked
	}
	if c.win == 0 {
		res.Timers |= Shut
	}
	switch {
	case known&Replied == 0:
		if k == isRst {
			res.Verdict = Gone
		} else if k == isSyn && was == SynSent {
			res.Verdict = Again
		}
	case known&Assured == 0 && to == Established:
		res.Assured = was == SynRecv || was == Established
	}
	return res
}

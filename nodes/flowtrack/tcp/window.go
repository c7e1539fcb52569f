package tcp

import "github.com/gvpp/gvpp/dataplane/packet"

// ackSlack is how far behind an acknowledgement may be at least, in bytes: more than a window without scale, for senders
// whose windows were small before.
const ackSlack = 66000

// place is where a segment lies.
type place uint8

const (
	inside   place = iota
	passable       // outside, but it does no harm: it passes and moves nothing
	outside
)

// introduce takes what a SYN says of its sender, and so of scaling, which takes both sides' word for it.
func introduce(sender, receiver *side, seg *packet.Segment, dir uint8) {
	sender.end, sender.maxEnd, sender.maxWin = seg.End, seg.End, max(1, uint32(seg.Window))
	sender.options(seg.Options)
	if dir == 1 && sender.flags&receiver.flags&scales == 0 {
		sender.scale, receiver.scale = 0, 0
	}
}

// meet brings what is known of the sides up to a segment's sender, before it is judged. It reports whether the segment is
// the second SYN of a simultaneous open, which there is nothing to judge about.
func (c *Conn) meet(sender, receiver *side, seg *packet.Segment, dir uint8, sack uint32) (open bool) {
	opens := seg.Flags&syn != 0
	if sender.maxWin != 0 {
		if opens && after(seg.End, sender.end) && (c.state == SynSent || c.state == SynRecv) { // it begins anew
			introduce(sender, receiver, seg, dir)
			return dir == 1 && seg.Flags&ack == 0
		}
		return false
	}
	if opens {
		introduce(sender, receiver, seg, dir)
		return seg.Flags&ack == 0
	}
	sender.end = seg.End // in mid-stream: believe it
	sender.maxWin = max(1, uint32(seg.Window)<<sender.scale)
	sender.maxEnd = seg.End + sender.maxWin
	if receiver.maxWin == 0 { // nothing was heard of it: it has sent what is acknowledged
		receiver.end, receiver.maxEnd = sack, sack
	} else if sack == receiver.end+1 { // the answer to a keepalive
		receiver.end++
	}
	return false
}

// judge finds a segment's place, and moves the windows if that is inside.
func (c *Conn) judge(seg *packet.Segment, k kind, dir uint8, r *Rules) (place, Reason) {
	sender, receiver := &c.sides[dir&1], &c.sides[dir&1^1]
	seq, end, acked := seg.Seq, seg.End, seg.Ack
	sack := acked
	if receiver.flags&sackOK != 0 && len(seg.Options) != 0 {
		sack = packet.HighestSACK(seg.Options, acked)
	}
	if c.meet(sender, receiver, seg, dir, sack) {
		return inside, 0
	}
	if seg.Flags&ack == 0 || seg.Flags&rst != 0 && acked == 0 { // some set ACK in a reset and leave the number out
		acked, sack = receiver.end, receiver.end
	}
	if seg.Flags&rst != 0 && seq == 0 && c.state == SynSent { // a reset in answer to the SYN
		seq, end = sender.end, sender.end
	}
	if p, why := c.bounds(sender, receiver, seq, end, sack); p != inside {
		if sender.flags&liberal != 0 || r.Liberal {
			return inside, 0 // and the windows stay
		}
		return p, why
	}
	c.slide(sender, receiver, seg, k, dir, [4]uint32{seq, end, acked, sack})
	return inside, 0
}

// bounds is the four bounds of the package comment.
func (c *Conn) bounds(sender, receiver *side, seq, end, sack uint32) (place, Reason) {
	tooEarly := receiver.maxWin != 0 && !after(end, sender.end-receiver.maxWin-1)
	tooOld := !after(sack, receiver.end-max(sender.maxWin, ackSlack)-1)
	unseen := after(sack, receiver.end)
	switch {
	case after(seq, sender.maxEnd):
		beyond := end - sender.maxEnd + 1
		if receiver.maxWin != 0 && !tooEarly && !tooOld && !unseen && beyond <= receiver.maxWin {
			// More than the window, but not more than another one: the receiver may take it, and will acknowledge it then.
			sender.end = end
			sender.flags |= unacked
			return passable, SeqAbove
		}
		return outside, SeqAbove
	case unseen:
		return outside, AckAbove
	case tooEarly:
		return passable, SeqBelow
	case tooOld:
		return passable, AckBelow
	}
	return inside, 0
}

// slide moves the windows for a segment that is inside; n is seq, end, acked, sack as they were judged.
func (c *Conn) slide(sender, receiver *side, seg *packet.Segment, k kind, dir uint8, n [4]uint32) {
	seq, end, acked, sack := n[0], n[1], n[2], n[3]
	win := uint32(seg.Window)
	if seg.Flags&syn == 0 {
		win <<= sender.scale & 15
	}
	sender.maxWin = max(sender.maxWin, win+(sack-acked))
	if after(end, sender.end) {
		sender.end = end
		sender.flags |= unacked
	}
	if seg.Flags&ack != 0 {
		if sender.flags&ackKnown == 0 || after(acked, sender.maxAck) {
			sender.maxAck = acked
			sender.flags |= ackKnown
		}
	}
	if receiver.maxWin != 0 && after(end, sender.maxEnd) {
		receiver.maxWin += end - sender.maxEnd
	}
	if edge := sack + win; !before(edge, receiver.maxEnd) {
		receiver.maxEnd = edge
		if win == 0 {
			receiver.maxEnd++ // a window probe
		}
	}
	if acked == receiver.end {
		receiver.flags &^= unacked
	}
	if k != isAck {
		return
	}
	if c.dir == dir && c.seq == seq && c.ack == acked && c.end == end && c.win == seg.Window {
		c.again++
		return
	}
	c.dir, c.seq, c.ack, c.end, c.win, c.again = dir, seq, acked, end, seg.Window, 0
}

package tcp

// Quick is Step for what most segments are: an ACK, with data or without, of an established connection whose sides are both
// known, inside all windows, without selective acknowledgements. It reports false, having done nothing, where one of that
// is not so. Flags besides ACK and PSH are the caller's to look at. timers is Result.Timers; TestQuick holds it against Step.
func (c *Conn) Quick(reply bool, seq, acked, end uint32, window uint16, maxRetrans uint8) (timers Timers, ok bool) {
	dir := uint8(0)
	sender, receiver := &c.sides[0], &c.sides[1]
	if reply {
		dir, sender, receiver = 1, receiver, sender
	}
	if c.state != Established || sender.maxWin == 0 || receiver.maxWin == 0 ||
		after(seq, sender.maxEnd) || !after(end, sender.end-receiver.maxWin-1) ||
		after(acked, receiver.end) || !after(acked, receiver.end-max(sender.maxWin, ackSlack)-1) {
		return 0, false
	}
	win := uint32(window) << (sender.scale & 15)
	sender.maxWin = max(sender.maxWin, win)
	if after(end, sender.end) {
		sender.end = end
		sender.flags |= unacked
	}
	if sender.flags&ackKnown == 0 || after(acked, sender.maxAck) {
		sender.maxAck = acked
		sender.flags |= ackKnown
	}
	if after(end, sender.maxEnd) {
		receiver.maxWin += end - sender.maxEnd
	}
	if edge := acked + win; !before(edge, receiver.maxEnd) {
		receiver.maxEnd = edge
		if win == 0 {
			receiver.maxEnd++ // a window probe
		}
	}
	if acked == receiver.end {
		receiver.flags &^= unacked
	}
	if c.dir == dir && c.seq == seq && c.ack == acked && c.end == end && c.win == window {
		c.again++
	} else {
		c.seq, c.ack, c.end, c.win, c.again = seq, acked, end, window, 0
	}
	c.kind, c.dir = isAck, dir
	if c.again >= maxRetrans {
		timers = Repeated
	}
	if (sender.flags|receiver.flags)&unacked != 0 {
		timers |= Unacked
	}
	if window == 0 {
		timers |= Shut
	}
	return timers, true
}

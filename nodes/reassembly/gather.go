package reassembly

import "github.com/gvpp/gvpp/dataplane/packet"

// What a piece is to its datagram.
type outcome uint8

const (
	held   outcome = iota // it waits for others
	whole                 // it was the last that was missing
	refuse                // it is dropped, the datagram goes on
	ruin                  // it is dropped, and the datagram with it
	alone                 // it goes on by itself, and the datagram is dropped
)

const maxBytes = 1<<16 - 1 // of a datagram

// check holds a piece against what is known of its datagram's size, and notes what it tells about that. end is where its
// data ends; the result has it cut to a multiple of 8 where that is the rule. The kernel treats contradictions in IPv4 and
// IPv6 differently, and so do we.
func (d *datagram) check(f *packet.Piece, end int) (int, outcome, uint8) {
	contradiction := ruin
	if d.family == v6 {
		contradiction = refuse
		if end > maxBytes {
			return end, refuse, errTooLong
		}
	}
	if !f.More {
		if end < d.size || d.hasLast && end != d.size {
			return end, contradiction, errEnd
		}
		d.hasLast, d.size = true, end
	} else {
		if end&7 != 0 {
			if d.family == v6 {
				return end, alone, errUneven
			}
			end &^= 7
		}
		if end > d.size {
			if d.hasLast {
				return end, contradiction, errEnd
			}
			d.size = end
		}
	}
	if end <= f.Offset {
		return end, contradiction, errEmpty
	}
	return end, held, 0
}

// place finds where among d's pieces a piece is to go: behind prev, none for the front. A run is a number of pieces that
// were appended one behind the other without a gap; the kernel knows runs, not pieces, so what lies within a run is a
// duplicate, and what overlaps in any other way is an overlap, though it may lie within two runs that touch.
func (t *table) place(d *datagram, off, end int32) (prev int32, head bool, o outcome, reason uint8) {
	if d.first == none {
		return none, true, held, 0
	}
	if last := &t.pieces[d.last]; last.end < end {
		if off < last.end {
			return none, false, ruin, errOverlap
		}
		return d.last, off > last.end, held, 0
	}
	prev = none
	for x := d.first; x != none; {
		start, tail := t.pieces[x].off, x
		for y := t.pieces[x].next; y != none && !t.pieces[y].head; y = t.pieces[y].next {
			tail = y
		}
		if end <= start {
			break
		}
		if off < t.pieces[tail].end {
			if off >= start && end <= t.pieces[tail].end {
				return none, false, refuse, errDuplicate
			}
			return none, false, ruin, errOverlap
		}
		prev, x = tail, t.pieces[tail].next
	}
	return prev, true, held, 0
}

// insert adds a piece behind prev and says whether the datagram is whole now. There is room.
func (t *table) insert(d *datagram, prev int32, p piece) outcome {
	x := t.freePiece
	t.freePiece = t.pieces[x].next
	t.used++
	if prev == none {
		p.next, d.first = d.first, x
	} else {
		p.next, t.pieces[prev].next = t.pieces[prev].next, x
	}
	if p.next == none {
		d.last = x
	}
	t.pieces[x] = p
	d.n++
	d.got += int(p.end - p.off)
	d.hasFirst = d.hasFirst || p.off == 0
	if d.hasFirst && d.hasLast && d.got == d.size {
		return whole
	}
	return held
}

// contradictory is by the congestion marks that a datagram's pieces have, as bits, whether they are a mix that no router
// leaves behind (RFC 3168, 5.3): not capable together with anything else.
func contradictory(ecn uint8) bool { return ecn&1 != 0 && ecn != 1 }

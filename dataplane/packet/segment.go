package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Segment is what connection tracking reads of a TCP header.
type Segment struct {
	Seq, Ack uint32
	End      uint32 // behind the last sequence number that the segment takes: of data, SYN and FIN
	Window   uint16
	Flags    uint8
	Options  []byte // in place
}

// SegmentOf is the segment in a TCP packet without a flaw. It is false where the data offset is wrong or the header is cut. The
// datagram must be whole: of a fragment, End says nothing.
func SegmentOf(p []byte, m *buffer.Meta) (s Segment, ok bool) {
	t := transportBytes(p, m)
	if len(t) < tcpLen {
		return s, false
	}
	head, flags := uint(t[12]>>4)*4, t[13]
	if head < tcpLen || head > uint(len(t)) {
		return s, false
	}
	s.Seq, s.Ack = binary.BigEndian.Uint32(t[4:]), binary.BigEndian.Uint32(t[8:])
	s.End = s.Seq + uint32(uint(len(t))-head) + uint32(flags&TCPFin) + uint32(flags&TCPSyn/TCPSyn)
	s.Window, s.Flags, s.Options = binary.BigEndian.Uint16(t[14:]), flags, t[tcpLen:head]
	return s, true
}

// Kinds of TCP options.
const (
	optEnd       = 0
	optNop       = 1
	optScale     = 3
	optSACKOk    = 4
	optSACK      = 5
	optTimestamp = 8
)

// MaxScale is the most that a window can be scaled by; more counts as this (RFC 7323, section 2.3).
const MaxScale = 14

// TCPOptions is what the options of a SYN or SYN+ACK offer.
type TCPOptions struct {
	Scale    uint8 // of the window: bits to shift by
	HasScale bool
	SACK     bool // selective acknowledgement is permitted
}

// TCPOptionsOf reads the options of a segment. What follows a malformed option is not read; of several of a kind, the last counts.
func TCPOptionsOf(options []byte) (o TCPOptions) {
	for len(options) > 0 {
		kind, body, rest := option(options)
		switch {
		case kind == optScale && len(body) == 1:
			o.Scale, o.HasScale = min(body[0], MaxScale), true
		case kind == optSACKOk && len(body) == 0:
			o.SACK = true
		}
		options = rest
	}
	return o
}

// HighestSACK is the highest sequence number that a segment acknowledges, by its Ack or a block of its selective acknowledgement,
// whose first option alone counts.
func HighestSACK(options []byte, ack uint32) uint32 {
	if len(options) == 0 || len(options) == 12 && binary.BigEndian.Uint32(options) == optNop<<24|optNop<<16|optTimestamp<<8|10 {
		return ack // as most segments have: a timestamp only
	}
	return highestBlock(options, ack)
}

func highestBlock(options []byte, ack uint32) uint32 {
	for len(options) > 0 {
		kind, body, rest := option(options)
		if kind == optSACK && len(body) > 0 && len(body)%8 == 0 {
			for ; len(body) >= 8; body = body[8:] {
				if right := binary.BigEndian.Uint32(body[4:]); int32(ack-right) < 0 {
					ack = right
				}
			}
			return ack
		}
		options = rest
	}
	return ack
}

// option takes the first option off: its kind, its bytes behind kind and length, and the options behind it, none behind the end or
// a malformed one.
func option(o []byte) (kind uint8, body, rest []byte) {
	switch {
	case o[0] == optNop:
		return optNop, nil, o[1:]
	case o[0] == optEnd || len(o) < 2 || o[1] < 2 || int(o[1]) > len(o):
		return optEnd, nil, nil
	}
	return o[0], o[2:o[1]], o[o[1]:]
}

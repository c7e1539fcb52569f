package oracle

// TCP's flags.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
	urg
	ece
	cwr
)

// segment is a TCP segment of a dialogue.
type segment struct {
	from   int
	flags  uint8
	seq    uint32
	ack    uint32
	win    uint16
	opt    []byte // options, filled up to words when the segment is built
	n      int    // bytes of data
	offset int    // added to the data offset field
	badSum bool
	net    network
}

// Options of TCP.
const (
	optEnd, optNop, optMSS, optScale, optSackOK, optSack, optTimes = 0, 1, 2, 3, 4, 5, 8
)

func mssOption(n uint16) []byte { return []byte{optMSS, 4, byte(n >> 8), byte(n)} }

func scaleOption(n uint8) []byte { return []byte{optNop, optScale, 3, n} }

func sackOKOption() []byte { return []byte{optNop, optNop, optSackOK, 2} }

func timesOption(a, b uint32) []byte {
	o := []byte{optNop, optNop, optTimes, 10}
	return be.AppendUint32(be.AppendUint32(o, a), b)
}

func sackOption(blocks ...span) []byte {
	o := []byte{optNop, optNop, optSack, byte(2 + 8*len(blocks))}
	for _, b := range blocks {
		o = be.AppendUint32(be.AppendUint32(o, b.from), b.to)
	}
	return o
}

// end is the sequence number behind the segment.
func (s *segment) end() uint32 {
	n := s.seq + uint32(s.n)
	if s.flags&syn != 0 {
		n++
	}
	if s.flags&fin != 0 {
		n++
	}
	return n
}

// datagram is the segment's, between the ends of a dialogue.
func (s *segment) datagram(e *ends) []byte {
	opt := s.opt
	for len(opt)%4 != 0 {
		opt = append(opt[:len(opt):len(opt)], optEnd)
	}
	opt = opt[:min(len(opt), 40)]
	l4 := make([]byte, 20+len(opt)+s.n)
	be.PutUint16(l4, e.port[s.from])
	be.PutUint16(l4[2:], e.port[1-s.from])
	be.PutUint32(l4[4:], s.seq)
	be.PutUint32(l4[8:], s.ack)
	l4[12] = byte(5+len(opt)/4+s.offset) << 4
	l4[13] = s.flags
	be.PutUint16(l4[14:], s.win)
	copy(l4[20:], opt)
	for i := range s.n { // as packetline counts
		l4[20+len(opt)+i] = byte(i)
	}
	e.sealed(protoTCP, l4)
	if s.badSum {
		l4[17] ^= 0x55
	}
	return e.datagram(s.from, protoTCP, l4, s.net)
}

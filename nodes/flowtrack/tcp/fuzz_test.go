package tcp

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// dialogue makes segments of bytes: some anywhere, most about where the sides are.
type dialogue struct {
	data []byte
	at   [2]uint32 // by direction: the next number
}

func (d *dialogue) byte() (b byte) {
	if len(d.data) > 0 {
		b, d.data = d.data[0], d.data[1:]
	}
	return b
}

var flagSets = [16]uint8{
	packet.TCPSyn, packet.TCPSyn | packet.TCPAck, packet.TCPAck, packet.TCPAck, packet.TCPAck, packet.TCPAck | packet.TCPPsh, packet.TCPFin | packet.TCPAck,
	packet.TCPRst, packet.TCPRst | packet.TCPAck, packet.TCPSyn, packet.TCPFin | packet.TCPAck, packet.TCPAck, packet.TCPSyn | packet.TCPAck, 0, packet.TCPAck, packet.TCPAck,
}

var fuzzOptions = [8][]byte{
	nil, nil, nil, {3, 3, 7, 0}, {4, 2, 3, 3, 200, 0}, {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 2}, {3, 9, 1, 1}, {4, 2, 1, 1},
}

// near is a number near n, and now and then one that is not.
func (d *dialogue) near(n uint32) uint32 {
	switch b := d.byte(); {
	case b < 128:
		return n
	case b < 192:
		return n + uint32(int32(int8(b<<2)))
	case b < 250:
		return n + uint32(int32(b)-220)*4096
	}
	return n + uint32(d.byte())<<24
}

// next is the next segment and its direction.
func (d *dialogue) next() (s packet.Segment, dir int) {
	b := d.byte()
	dir = int(b >> 7)
	s.Flags = flagSets[b&15]
	s.Options = fuzzOptions[b>>4&7]
	s.Window = []uint16{65535, 0, 1000, 1}[d.byte()&3]
	s.Seq, s.Ack = d.near(d.at[dir]), d.near(d.at[1-dir])
	if s.Seq == 0 || s.Ack == 0 { // what RFC 9293 gives them a meaning of their own for
		s.Seq, s.Ack = max(s.Seq, 1), max(s.Ack, 1)
	}
	if b&16 != 0 && s.Flags == packet.TCPAck {
		s.Options = binary.BigEndian.AppendUint32([]byte{1, 1, 5, 10}, s.Ack)
		s.Options = binary.BigEndian.AppendUint32(s.Options, d.near(d.at[1-dir]))
	}
	n := uint32(d.byte() & 31)
	s.End = s.Seq + n
	if s.Flags&(packet.TCPSyn|packet.TCPFin) != 0 {
		s.End++
	}
	if int32(s.End-d.at[dir]) > 0 || s.Flags&packet.TCPSyn != 0 {
		d.at[dir] = s.End
	}
	return s, dir
}

// shifted is the same segment of a connection whose sides count from elsewhere.
func shifted(s packet.Segment, by [2]uint32, dir int) packet.Segment {
	s.Seq, s.End, s.Ack = s.Seq+by[dir], s.End+by[dir], s.Ack+by[1-dir]
	if len(s.Options) == 12 && s.Options[2] == 5 {
		o := append([]byte(nil), s.Options...)
		for i := 4; i < 12; i += 4 {
			binary.BigEndian.PutUint32(o[i:], binary.BigEndian.Uint32(o[i:])+by[1-dir])
		}
		s.Options = o
	}
	return s
}

// follow has a connection and another one with shifted numbers follow a dialogue, and holds what must be true of both.
func follow(t *testing.T, data []byte) (seen [NumStates]int) {
	d := &dialogue{data: data}
	by := [2]uint32{uint32(d.byte()) << 24, uint32(d.byte()) << 24}
	r := &Rules{Loose: true, MaxRetrans: 3, Liberal: d.byte() > 240, IgnoreInvalidRST: d.byte() > 240}
	var a, b Conn
	d.at = [2]uint32{1 << 20, 1 << 28}
	var known Known
	begun, exact := false, false
	for len(d.data) > 0 {
		s, dir := d.next()
		x := shifted(s, by, dir)
		if x.Seq == 0 || x.Ack == 0 {
			continue
		}
		var got, twin Result
		was, before := a.state, a
		if begun {
			if s.Flags&packet.TCPAck != 0 && a.sides[1-dir].maxWin == 0 {
				exact = false // it acknowledges what nobody has seen: those numbers begin at 0
			}
			got, twin = a.Step(&s, dir == 1, known, r), b.Step(&x, dir == 1, known, r)
		} else {
			if dir == 1 {
				continue
			}
			got, twin = a.Begin(&s, r), b.Begin(&x, r)
			exact = s.Flags&packet.TCPSyn != 0
		}
		if exact && got != twin {
			t.Fatalf("%+v in %v: %+v, with other numbers %+v", s, was, got, twin)
		}
		if got.Verdict > Invalid || got.Reason >= NumReasons || (got.Verdict == Invalid) != (got.Reason != 0) {
			t.Fatalf("%+v in %v: %+v", s, was, got)
		}
		if !begun && got.Verdict == Invalid {
			if a != before {
				t.Fatalf("%+v begins nothing, and leaves %+v", s, a)
			}
			continue
		}
		begun = true
		if a.state == None || a.state >= NumStates || got.Verdict != Reopen && got.State != a.state {
			t.Fatalf("%+v in %v: %+v, now in %v", s, was, got, a.state)
		}
		if moved := a.state != was; moved && (got.Verdict == Invalid || got.Verdict == Pass) {
			t.Fatalf("%+v in %v: %+v, now in %v", s, was, got, a.state)
		}
		seen[a.state]++
		switch {
		case got.Verdict == Gone || got.Verdict == Reopen:
			begun, known, a, b = false, 0, Conn{}, Conn{}
			continue
		case dir == 1 && got.Verdict != Invalid:
			known |= Replied
		}
		if got.Assured {
			known |= Assured
		}
	}
	return seen
}

func FuzzConn(f *testing.F) {
	f.Add([]byte("\x00\x80\x00\x00\x00\x00\x00\x00\x00\x81\x00\x00\x00\x00\x02\x00\x00\x00\x00\x82\x00\x00\x00\x05"))
	f.Add([]byte("\xff\xff\x00\x00\x30\x00\x00\x00\x00\xb1\x00\x00\x00\x00\x02\x00\x00\x00\x00\x06\x00\x00\x00\x00\x86\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { follow(t, data) })
}

// TestRandom: random dialogues see all states.
func TestRandom(t *testing.T) {
	var seen [NumStates]int
	data := make([]byte, 300)
	r := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		for s, n := range follow(t, data) {
			seen[s] += n
		}
	}
	for s := SynSent; s < NumStates; s++ {
		if seen[s] < 100 {
			t.Errorf("%v seen %d times", s, seen[s])
		}
	}
	t.Logf("%v", seen)
}

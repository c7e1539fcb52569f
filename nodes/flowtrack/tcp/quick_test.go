package tcp

import (
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// TestQuick: where Quick takes a segment it does what Step does, and where it does not it has done nothing.
func TestQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rules := Rules{Loose: true, MaxRetrans: 3}
	took, left := 0, 0
	for range 3000 {
		var c Conn
		var known Known
		next := [2]uint32{r.Uint32(), r.Uint32()} // what each side sends next
		for range 60 {
			d := r.IntN(2)
			n := uint32(r.IntN(3) * r.IntN(700))
			seg := packet.Segment{Seq: next[d], Ack: next[1-d], Window: uint16(r.IntN(3) * r.IntN(20000)), Flags: packet.TCPAck}
			switch k := r.IntN(20); {
			case c.state == None:
				d, n, seg.Flags = 0, 1, packet.TCPSyn
				seg.Seq, seg.Ack, seg.Window = next[0], 0, 8000
				seg.Options = []byte{3, 3, uint8(r.IntN(3)), 4, 2, 0}
			case c.state == SynSent:
				d, n, seg.Flags = 1, 1, packet.TCPSyn|packet.TCPAck
				seg.Seq, seg.Ack, seg.Window, seg.Options = next[1], next[0], 8000, []byte{3, 3, 2, 4, 2, 0}
			case k == 0:
				seg.Seq += uint32(r.IntN(100000)) - 50000
			case k == 1:
				seg.Ack += uint32(r.IntN(200000)) - 100000
			case k == 2:
				n, seg.Seq, seg.Ack, seg.Window = c.end-c.seq, c.seq, c.ack, c.win // again
				d = int(c.dir)
			}
			seg.End = seg.Seq + n
			before := c
			res := c.Step(&seg, d == 1, known, &rules)
			if before.state == None {
				c = Conn{}
				res = c.Begin(&seg, &rules)
			}
			quick := before
			timers, ok := quick.Quick(d == 1, seg.Seq, seg.Ack, seg.End, seg.Window, rules.MaxRetrans)
			if isPlain := seg.Flags == packet.TCPAck && len(seg.Options) == 0; isPlain && ok {
				took++
				if quick != c || timers != res.Timers || res.Verdict != Follow {
					t.Fatalf("%+v\nStep  %+v %+v\nQuick %+v %v", seg, c, res, quick, timers)
				}
			} else if !ok {
				left++
				if quick != before {
					t.Fatalf("Quick has not taken %+v, but changed\n%+v to\n%+v", seg, before, quick)
				}
			}
			if res.Verdict == Follow {
				next[d] = max(next[d], seg.End)
				if d == 1 {
					known |= Replied
				}
				if res.Assured {
					known |= Assured
				}
			}
		}
	}
	if took < 10000 || left < 10000 {
		t.Errorf("%d taken, %d left: want many of both", took, left)
	}
}

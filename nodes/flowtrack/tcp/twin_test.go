package tcp

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// twin is the slow twin of the windows of an established connection: it counts in numbers that do not wrap, from where its
// sides began, and looks at one bound after the other.
type twin struct {
	who   [2]party
	last  [5]int // of the last segment inside: direction, seq, end, ack, window
	again int
}

// party is a side as its peer's segments and its own have shown it.
type party struct {
	sent    int // behind its last byte
	limit   int // behind the last byte that the other one has asked for
	window  int // the most that it has offered
	unheard bool
	shift   int // of its windows
	sacks   bool
}

// seg is a segment in the twin's numbers.
type seg struct {
	dir, seq, n, ack, sack, win int
}

// lag is how late an acknowledgement may be.
func (p *party) lag() int { return max(p.window, ackSlack) }

// judge says what becomes of a segment without SYN, FIN or RST.
func (w *twin) judge(s seg) (Verdict, Reason) {
	me, other := &w.who[s.dir], &w.who[1-s.dir]
	end, sack := s.seq+s.n, s.ack
	if other.sacks {
		sack = max(sack, s.sack)
	}
	recent, known, timely := end >= me.sent-other.window, sack <= other.sent, sack >= other.sent-me.lag()
	if s.seq > me.limit {
		if !recent || !known || !timely || end-me.limit+1 > other.window {
			return Invalid, SeqAbove
		}
		me.sent, me.unheard = end, true
		return Pass, 0
	}
	switch {
	case !known:
		return Invalid, AckAbove
	case !recent, !timely:
		return Pass, 0
	}
	w.take(s, end, sack)
	return Follow, 0
}

// take moves the windows.
func (w *twin) take(s seg, end, sack int) {
	me, other := &w.who[s.dir], &w.who[1-s.dir]
	win := s.win << me.shift
	me.window = max(me.window, win+sack-s.ack)
	if end > me.sent {
		me.sent, me.unheard = end, true
	}
	if end > me.limit {
		other.window += end - me.limit
	}
	if sack+win >= other.limit {
		other.limit = sack + win
		if win == 0 {
			other.limit++
		}
	}
	if s.ack == other.sent {
		other.unheard = false
	}
	if now := [5]int{s.dir, s.seq, end, s.ack, s.win}; now == w.last {
		w.again++
	} else {
		w.last, w.again = now, 0
	}
}

// timers is what a segment inside may make run.
func (w *twin) timers(s seg, most int) (t Timers) {
	if w.again >= most {
		t |= Repeated
	}
	if w.who[0].unheard || w.who[1].unheard {
		t |= Unacked
	}
	if s.win == 0 {
		t |= Shut
	}
	return t
}

// near is a number at one of the edges, or anywhere about there.
func near(r *rand.Rand, edges ...int) int {
	if r.IntN(8) == 0 {
		return edges[0] + r.IntN(400_000) - 200_000
	}
	return edges[r.IntN(len(edges))] + r.IntN(5) - 2
}

// random is a segment at the edges of what the twin knows.
func (w *twin) random(r *rand.Rand) (s seg) {
	s.dir = r.IntN(2)
	me, other := &w.who[s.dir], &w.who[1-s.dir]
	if r.IntN(6) == 0 && w.last[0] == s.dir { // again
		return seg{dir: s.dir, seq: w.last[1], n: w.last[2] - w.last[1], ack: w.last[3], sack: w.last[3], win: w.last[4]}
	}
	s.n = []int{0, 0, 1, 10, 1460}[r.IntN(5)]
	s.seq = me.sent
	if r.IntN(3) == 0 {
		s.seq = near(r, me.sent, me.limit, me.sent-other.window, me.sent-other.window-s.n, me.limit+other.window-s.n)
	}
	s.ack = other.sent
	if r.IntN(3) == 0 {
		s.ack = near(r, other.sent, other.sent-me.lag(), other.sent-1000)
	}
	s.sack = s.ack
	if r.IntN(4) == 0 {
		s.sack = near(r, other.sent, s.ack+100)
	}
	s.win = []int{0, 1, 1000, 65535}[r.IntN(4)]
	return s
}

// segment is s as it is on the wire, where the sides began at base.
func (s *seg) segment(base [2]uint32) packet.Segment {
	seq, ack := base[s.dir]+uint32(s.seq), base[1-s.dir]+uint32(s.ack)
	x := packet.Segment{Seq: seq, End: seq + uint32(s.n), Ack: ack, Window: uint16(s.win), Flags: packet.TCPAck}
	if s.sack != s.ack {
		x.Options = binary.BigEndian.AppendUint32([]byte{1, 1, 5, 10}, base[1-s.dir]+uint32(s.sack-1))
		x.Options = binary.BigEndian.AppendUint32(x.Options, base[1-s.dir]+uint32(s.sack))
	}
	return x
}

// meeting is a connection that has begun, and its twin.
func meeting(t *testing.T, r *rand.Rand, base [2]uint32, rules *Rules) (*Conn, *twin) {
	w := &twin{last: [5]int{-1}}
	var options [2][]byte
	both := r.IntN(2) == 0
	for i := range w.who {
		w.who[i].sacks = r.IntN(2) == 0
		if w.who[i].sacks {
			options[i] = append(options[i], 4, 2, 1, 1)
		}
		if shift := r.IntN(8); both || i == 1 {
			options[i] = append(options[i], 1, 3, 3, byte(shift))
			if both {
				w.who[i].shift = shift
			}
		}
	}
	win := [2]int{r.IntN(1 << 16), r.IntN(1 << 16)}
	c := new(Conn)
	syn := packet.Segment{Seq: base[0] - 1, End: base[0], Window: uint16(win[0]), Flags: packet.TCPSyn, Options: options[0]}
	ans := packet.Segment{Seq: base[1] - 1, End: base[1], Ack: base[0], Window: uint16(win[1]), Flags: packet.TCPSyn | packet.TCPAck, Options: options[1]}
	first := seg{win: r.IntN(1 << 16)}
	last := first.segment(base)
	for i, res := range []Result{c.Begin(&syn, rules), c.Step(&ans, true, 0, rules), c.Step(&last, false, Replied, rules)} {
		if res.Verdict != Follow {
			t.Fatalf("segment %d of the handshake: %+v", i, res)
		}
	}
	for i := range w.who {
		w.who[i].window = max(1, win[i])
	}
	w.who[0].limit = win[1]
	if win[1] == 0 {
		w.who[0].limit = 1
	}
	w.take(first, 0, 0)
	return c, w
}

// TestTwin: random segments of established connections, at all four bounds, about the wrap of the numbers, too.
func TestTwin(t *testing.T) {
	const connections, segments = 1000, 120
	seen := map[Verdict]int{}
	reasons := map[Reason]int{}
	for n := range uint64(connections) {
		r := rand.New(rand.NewPCG(n, 7))
		base := [2]uint32{r.Uint32(), r.Uint32()}
		if n%2 == 0 {
			base[r.IntN(2)] = -r.Uint32N(100_000)
		}
		rules := &Rules{Loose: true, MaxRetrans: uint8(r.IntN(4))}
		c, w := meeting(t, r, base, rules)
		for i := range segments {
			s := w.random(r)
			x := s.segment(base)
			before := *w
			want, why := w.judge(s)
			got := c.Step(&x, s.dir == 1, Replied|Assured, rules)
			seen[want]++
			reasons[why]++
			if got.Verdict != want || got.Reason != why || got.State != Established || want == Follow && got.Timers != w.timers(s, int(rules.MaxRetrans)) {
				t.Fatalf("connection %d, segment %d, %+v: %+v, want %v for %v, timers %b\ntwin %+v", n, i, s, got, want, why, w.timers(s, int(rules.MaxRetrans)), before)
			}
		}
	}
	t.Logf("verdicts %v, reasons %v", seen, reasons)
	if seen[Follow] < 10_000 || seen[Pass] < 10_000 || reasons[SeqAbove] < 1000 || reasons[AckAbove] < 1000 {
		t.Error("too few of some")
	}
}

package reassembly

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
)

// twin is the rules once more, slow and plain, without the bounds: a map of datagrams, each a list of runs.
type twin struct {
	now   time.Duration
	open  map[string]*twinDatagram
	order []string // keys, oldest first
}

type twinDatagram struct {
	deadline            time.Duration
	runs                []twinRun // by offset
	size, got           int
	hasLast, hasFirst   bool
	notCapable, capable bool
	pieces              []twinPiece // by offset
}

type twinRun struct{ from, to int }

type twinPiece struct{ id, from int }

// arrival is a piece: what the twin needs of it.
type arrival struct {
	id       int // number of the packet
	key      string
	six      bool
	from, to int
	more     bool
	ecn      int
}

// arrive returns what comes to its end: the pieces that go on together, those that are dropped, and whether the piece goes on
// by itself.
func (w *twin) arrive(a arrival) (on, dropped []int, alone bool) {
	if a.from == 0 && (!a.six && !a.more || a.six && a.to == 0) { // no piece; a first one without a header
		return nil, nil, true
	}
	d := w.open[a.key]
	if d == nil {
		d = &twinDatagram{deadline: w.now + DefaultTimeout4}
		if a.six {
			d.deadline = w.now + DefaultTimeout6
		}
		w.open[a.key] = d
		w.order = append(w.order, a.key)
	}
	self := []int{a.id}
	all := func() []int { return append(w.forget(a.key), self...) }
	wrong := func() ([]int, []int, bool) {
		if a.six {
			return nil, self, false
		}
		return nil, all(), false
	}
	if a.six && a.to > 65535 {
		return nil, self, false
	}
	if !a.more {
		if a.to < d.size || d.hasLast && a.to != d.size {
			return wrong()
		}
		d.size, d.hasLast = a.to, true
	} else {
		if a.six && a.to%8 != 0 {
			return nil, w.forget(a.key), true
		}
		a.to -= a.to % 8
		if a.to > d.size {
			if d.hasLast {
				return wrong()
			}
			d.size = a.to
		}
	}
	if a.to <= a.from {
		return wrong()
	}
	last := len(d.runs) - 1
	if last >= 0 && d.runs[last].to == a.from {
		d.runs[last].to = a.to
	} else {
		for _, r := range d.runs {
			if a.from < r.to && r.from < a.to {
				if a.from >= r.from && a.to <= r.to {
					return nil, self, false
				}
				return nil, all(), false
			}
		}
		d.runs = append(d.runs, twinRun{a.from, a.to})
		slices.SortFunc(d.runs, func(a, b twinRun) int { return a.from - b.from })
	}
	d.got += a.to - a.from
	d.hasFirst = d.hasFirst || a.from == 0
	if a.ecn == 0 {
		d.notCapable = true
	} else {
		d.capable = true
	}
	d.pieces = append(d.pieces, twinPiece{a.id, a.from})
	slices.SortFunc(d.pieces, func(a, b twinPiece) int { return a.from - b.from })
	if !d.hasFirst || !d.hasLast || d.got != d.size {
		return nil, nil, false
	}
	on = w.forget(a.key)
	head := 20
	if a.six {
		head = 40
	}
	if d.notCapable && d.capable || head+d.size > 65535 {
		return nil, on, false
	}
	return on, nil, false
}

// forget ends a datagram and returns its pieces.
func (w *twin) forget(key string) (ids []int) {
	for _, p := range w.open[key].pieces {
		ids = append(ids, p.id)
	}
	delete(w.open, key)
	w.order = slices.DeleteFunc(w.order, func(k string) bool { return k == key })
	return ids
}

// wait moves the clock and returns what times out.
func (w *twin) wait(d time.Duration) (dropped []int) {
	w.now += d
	for _, key := range slices.Clone(w.order) {
		if w.open[key].deadline <= w.now {
			dropped = append(dropped, w.forget(key)...)
		}
	}
	return dropped
}

// Random pieces of few small datagrams meet the same fate as in the twin, packet by packet.
func TestTwin(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	var outcomes [5]int
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(7, seed))
		ops := make([]byte, 3000)
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		play(t, ops, &outcomes)
	}
	t.Logf("ends: together %d, dropped %d, alone %d, held %d, timed out %d", outcomes[0], outcomes[1], outcomes[2], outcomes[3], outcomes[4])
	for i, n := range outcomes {
		if n < 20 {
			t.Errorf("outcome %d: only %d times: the test does not get there", i, n)
		}
	}
}

// FuzzPieces is the same with what the fuzzer finds.
func FuzzPieces(f *testing.F) {
	f.Add([]byte{0, 0, 2, 0, 2, 2})
	f.Add([]byte{1, 0, 2, 1, 0x82, 2, 9, 9, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		play(t, ops[:min(len(ops), 600)], new([5]int))
	})
}

// play makes three bytes a piece, or a time to wait, and compares with the twin, packet by packet.
func play(t *testing.T, ops []byte, outcomes *[5]int) {
	s := newStory(t, func(_ *story, c *gvpp.Config) { c.Buffers = 16384 })
	w := &twin{open: map[string]*twinDatagram{}}
	for id := 1; len(ops) >= 3 && !t.Failed(); id, ops = id+1, ops[3:] {
		if ops[0] == 0xff {
			d := time.Duration(ops[1]) * 200 * time.Millisecond
			s.now += d
			s.step()
			dropped := ids(s.lost, 0)
			outcomes[4] += len(dropped)
			compare(t, fmt.Sprintf("a wait of %v", d), dropped, w.wait(d))
			continue
		}
		a, line := pieceOf(id, ops)
		s.inject(packetline.MustBuild(line))
		wantOn, wantDropped, alone := w.arrive(a)
		switch {
		case alone:
			wantOn = []int{id}
			outcomes[2]++
		case len(wantOn) > 0:
			outcomes[0]++
		case len(wantDropped) == 0:
			outcomes[3]++
		}
		on, dropped := ids(s.sent, id), ids(s.lost, id)
		outcomes[1] += len(dropped)
		if !slices.Equal(on, wantOn) { // in this order
			t.Errorf("%s: gone on %d, want %d", line, on, wantOn)
		}
		compare(t, line, dropped, wantDropped)
		if n := w.held(); n != s.held() || n != s.dp.Buffers().InUse() {
			t.Errorf("%s: %d held, %d in use, want %d", line, s.held(), s.dp.Buffers().InUse(), n)
		}
	}
}

// held is how many pieces the twin has.
func (w *twin) held() (n int) {
	for _, d := range w.open {
		n += len(d.pieces)
	}
	return n
}

func compare(t *testing.T, what string, got, want []int) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: dropped %d, want %d", what, got, want)
	}
}

// pieceOf makes a piece of three bytes: of one of a few datagrams, near its start mostly. Its data starts with its number.
func pieceOf(id int, ops []byte) (a arrival, line string) {
	a = arrival{id: id, six: ops[0]&1 != 0, from: int(ops[1]%7) * 8, more: ops[2]&0xc0 != 0}
	size := []int{8, 16, 24, 8, 16, 32, 5, 21}[ops[2]%8]
	switch {
	case ops[2]>>3&7 == 7 && ops[1] > 200:
		size = 0
	case ops[2]>>3&7 == 6 && ops[1] > 200:
		a.from = 65536 - 8*int(ops[1]%3+1)
	}
	if a.to = a.from + size; ops[0]>>1 > 120 {
		a.ecn = 1
	}
	a.key = fmt.Sprint(a.six, ops[0]>>1%3)
	line = "ip proto 99 10.0.0.1 > 10.0.0.2"
	if a.six {
		line = "ip proto 99 2001:db8::1 > 2001:db8::2"
	}
	more := ""
	if a.more {
		more = "+"
	}
	return a, fmt.Sprintf("%s frag %d%s ipid %d tos %d data %08x len %d", line, a.from/8, more, ops[0]>>1%3, a.ecn, id, size)
}

// ids are the numbers of frames; one without data is the one that has just been sent.
func ids(frames [][]byte, now int) (out []int) {
	for _, p := range frames {
		at := 34
		if p[12] == 0x86 {
			at = 62
		}
		id := now
		if len(p) > at {
			id = int(binary.BigEndian.Uint32(p[at:]))
		}
		out = append(out, id)
	}
	return out
}

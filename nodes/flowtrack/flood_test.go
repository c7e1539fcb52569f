package flowtrack

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// ranked is words of sessions by how dispensable they are: rank 0 stays whatever comes.
var ranked = []uint32{
	0: longLived,
	1: wordOf(timer(tcp.SynRecv), StateNew) | wordReplied,
	2: wordOf(timer(tcp.FinWait), StateFinWait) | wordReplied | wordAssured,
	3: wordOf(timer(tcp.SynSent), StateNew),
	4: wordOf(timer(tcp.TimeWait), StateClosed) | wordReplied | wordAssured,
}

// TestFloodLooksAtFew: a packet that finds the table full looks at evictLook places, no more: of one dispensable session
// among thousands that are not, each place is looked at by exactly one of the packets that it takes to go round.
func TestFloodLooksAtFew(t *testing.T) {
	const sessions = 100 * evictLook
	b := newBench(t, sessions)
	for i := range uint32(sessions) {
		b.insert(i, ranked[min(3, i/(sessions-1)*3)]) // the last is new
	}
	tick, found := tickOf(b.clock.Load()), 0
	rounds := (b.table4.Slots() + evictLook - 1) / evictLook
	for range rounds {
		before := b.hand.Load()
		if evict(&desk{Plugin: b.Plugin}, b.table4, tick) {
			found++
		}
		if b.hand.Load() != before+evictLook {
			t.Fatalf("one packet has moved the hand by %d", b.hand.Load()-before)
		}
	}
	k := keyOf(sessions - 1)
	if found != 1 || b.table4.Len() != sessions-1 || b.table4.Alive(b.table4.Find(&k)) {
		t.Errorf("%d given up in %d tries, %d sessions left", found, rounds, b.table4.Len())
	}
}

// TestFloodOrder: of the places that a packet looks at, the most dispensable session goes, and where all are established
// none does. The sweep goes on meanwhile and takes none of them either.
func TestFloodOrder(t *testing.T) {
	const sessions = 600
	b := newBench(t, sessions)
	for i := range uint32(sessions) {
		b.insert(i, ranked[i*i%7%uint32(len(ranked))])
	}
	ranks := func(from, n uint32) (count [6]int) {
		for i := range n {
			if x := (from + i) % uint32(b.table4.Slots()); b.table4.Alive(x) {
				s := b.table4.State(x)
				count[b.rank(s.LoadWord(), s.LoadLastSeen(), tickOf(b.clock.Load()))]++
			}
		}
		return count
	}
	all := func() [6]int { return ranks(0, uint32(b.table4.Slots())) }
	established, refused := all()[0], 0
	for range 100 * sessions / evictLook {
		before, from, tick := all(), b.hand.Load()+evictLook, tickOf(b.clock.Load())
		want, best := before, 0
		for rank, n := range ranks(from, evictLook) {
			if n > 0 {
				best = rank
			}
		}
		if best > 0 {
			want[best]--
		} else {
			refused++
		}
		if ok := evict(&desk{Plugin: b.Plugin}, b.table4, tick); ok != (best > 0) || all() != want {
			t.Fatalf("%v: by rank %v, then %v, want %v", ok, before, all(), want)
		}
		b.sweep(b.clock.Add(int64(time.Millisecond)))
	}
	if got := all(); got[0] != established || refused == 0 {
		t.Errorf("%d established, by rank %v left, %d refused", established, got, refused)
	}
}

package tuple

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLongChain: of equal rules, which share a chain, the end and the number are known whatever comes and goes, and the first
// is found.
func TestLongChain(t *testing.T) {
	rnd, s := rand.New(rand.NewPCG(1, 1)), New(false, 1)
	m, k := Any(), Key{}
	m.SetSrc4(10<<24, 24)
	k.SetAddrs4(10<<24, 0)
	var labels []uint64 // in order; the rule's name is its label, cut
	known := 0
	for round := range 400 {
		for range rnd.IntN(40) {
			if grow := round/100%2 == 0; grow == (rnd.IntN(5) > 0) || len(labels) == 0 {
				label := rnd.Uint64() >> 2
				if rnd.IntN(2) == 0 && len(labels) > 0 {
					label = labels[len(labels)-1] + 1 + uint64(rnd.IntN(100))
				}
				if at, there := slices.BinarySearch(labels, label); !there {
					labels = slices.Insert(labels, at, label)
					s.Insert(&m, label, uint32(label))
				}
				continue
			}
			at := len(labels) - 1 - rnd.IntN(min(len(labels), 1+rnd.IntN(len(labels))))
			if !s.Delete(&m, labels[at], uint32(labels[at])) {
				t.Fatal("a rule is not there")
			}
			labels = slices.Delete(labels, at, at+1)
		}
		want := None
		if len(labels) > 0 {
			want = uint32(labels[0])
		}
		if got := s.Commit().Find(&k); got != want {
			t.Fatalf("round %d: %d, want %d", round, got, want)
		}
		s.Reclaim()
		for chain, end := range s.long {
			known++
			n, last := 0, uint32(0)
			for at := s.tables[chain>>32].head(uint32(chain)); at != 0; at = s.lines[at].next {
				n, last = n+1, at
			}
			if n != end.n || last != end.last {
				t.Fatalf("round %d: %+v, but the chain has %d lines, the last of which is %d", round, end, n, last)
			}
		}
	}
	if known < 100 {
		t.Errorf("%d long chains", known)
	}
}

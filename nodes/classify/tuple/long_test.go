package tuple

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// flagged is a match of one prefix and of flags that depend on the label: one chain holds all of these.
func flagged(label uint64) (m Match) {
	m = Any()
	m.SetSrc4(10<<24, 24)
	bits := label * 0x9e3779b97f4a7c15
	m.SetFlags(uint8(bits>>56&(bits>>48)), uint8(bits>>48))
	return m
}

// TestLongChain: of rules that share a chain the end and the number are known whatever comes and goes, and the first is found.
func TestLongChain(t *testing.T) {
	rnd, s := rand.New(rand.NewPCG(1, 1)), New(false, 1)
	k := Key{}
	k.SetAddrs4(10<<24, 0)
	k.SetFlags(0x15)
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
					m := flagged(label)
					s.Insert(&m, label, uint32(label))
				}
				continue
			}
			at := len(labels) - 1 - rnd.IntN(min(len(labels), 1+rnd.IntN(len(labels))))
			if m := flagged(labels[at]); !s.Delete(&m, labels[at], uint32(labels[at])) {
				t.Fatal("a rule is not there")
			}
			labels = slices.Delete(labels, at, at+1)
		}
		want := None
		if at := slices.IndexFunc(labels, func(l uint64) bool { m := flagged(l); return m.Matches(&k) }); at >= 0 {
			want = uint32(labels[at])
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

package flow

import (
	"slices"
	"testing"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

func insert4(tab *Table[Key4], n uint32) (uint32, Result) {
	k := makeKey[Key4](n)
	return tab.Insert(&k, tab.Hash(&k), State{}, Origin{})
}

// A table takes exactly MaxFlows, however unevenly they fall on the shards, without anybody maintaining it, and one
// removal makes room for one insert at once.
func TestFull(t *testing.T) {
	for _, size := range []int{1, 2, 63, 1000, 20000} {
		d := epoch.New(1)
		d.Quiesce(0) // a worker that holds what it saw
		tab := newTable[Key4](t, Config{MaxFlows: size, Epochs: d})
		index := make([]uint32, size)
		for n := range size {
			var r Result
			if index[n], r = insert4(tab, uint32(n)); r != Inserted {
				t.Fatalf("flow %d of %d: %v", n, size, r)
			}
		}
		for n := range uint32(min(size, slackMin/4)) {
			if _, r := insert4(tab, 1<<20+n); r != Full {
				t.Fatalf("flow %d of %d: %v", size, size, r)
			}
			if i, r := insert4(tab, n); r != Exists || i != index[n] {
				t.Fatalf("present key in a full table: %v", r)
			}
			tab.Remove(index[n])
			if i, r := insert4(tab, 1<<20+n); r != Inserted || slices.Contains(index, i) {
				t.Fatalf("after removal %d of %d: %v at %d", n, size, r, i)
			}
		}
		if tab.Len() != size || tab.Cap() != size {
			t.Errorf("Len %d, Cap %d, want %d", tab.Len(), tab.Cap(), size)
		}
	}
}

// A reader that never quiesces stops reuse, not the table: inserts stall and are counted, memory stays bounded, and
// everything goes on when it comes back.
func TestStalledReader(t *testing.T) {
	d := epoch.New(2)
	tab := newTable[Key4](t, Config{MaxFlows: 1000, Epochs: d})
	held, _ := insert4(tab, 0)
	d.Quiesce(0)
	stalled := uint32(0)
	for n := uint32(1); n < 20000; n++ {
		i, r := insert4(tab, n)
		switch {
		case r == Inserted && i == held && n > 1:
			t.Fatalf("index %d used again under a reader", i)
		case r == Inserted:
			tab.Remove(i)
		case r == Stalled && i == None:
			stalled++
		default:
			t.Fatal(r)
		}
		if n == 1 {
			tab.Remove(held)
		}
		tab.Maintain(10)
	}
	s := tab.Stats()
	if stalled == 0 || s.Stalls != uint64(stalled) || s.Retired < 1000 || tab.Len() != 0 {
		t.Errorf("%d stalled, Len %d, %+v", stalled, tab.Len(), s)
	}
	if k := makeKey[Key4](0); tab.Key(held) != k || tab.Slots() > int(tab.limit) {
		t.Errorf("the held line was used again, or more slots than there are: %d", tab.Slots())
	}
	d.Quiesce(0)
	for n := range uint32(1000) {
		d.Quiesce(0)
		if _, r := insert4(tab, n); r != Inserted {
			t.Fatalf("after the reader came back: %v, %+v", r, tab.Stats())
		}
	}
}

// Churn through overflow chains neither keeps buckets nor takes new ones without end.
func TestChainChurn(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 40000, Epochs: epoch.New(1)})
	index := make([]uint32, 20000) // never maintained: 512 buckets, chains of 5
	var first, last Stats
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		for n := range index {
			var r Result
			if index[n], r = insert4(tab, uint32(round*len(index)+n)); r != Inserted {
				t.Fatal(round, n, r)
			}
		}
		if last = tab.Stats(); round == 1 {
			first = last
		}
		for _, i := range index {
			tab.Remove(i)
		}
		if s := tab.Stats(); s.Overflow != 0 {
			t.Fatalf("empty table with %d overflow buckets", s.Overflow)
		}
	}
	if last.Bytes > first.Bytes*11/10 || last.Overflow > first.Overflow*11/10 {
		t.Errorf("churn grew the table\nfrom %+v\n  to %+v", first, last)
	}
}

// Steady churn over a few flows uses the same few lines.
func TestReuse(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 100000})
	for n := range uint32(60000) {
		i, r := insert4(tab, n)
		if r != Inserted {
			t.Fatal(r)
		}
		tab.Remove(i)
	}
	if tab.Slots() > slackMin {
		t.Errorf("%d slots for one flow at a time", tab.Slots())
	}
}

// The same seed and the same calls give the same table.
func TestDeterminism(t *testing.T) {
	run := func(seed uint64) (index []uint32, hash uint64) {
		tab := newTable[Key6](t, Config{MaxFlows: 10000, Seed: seed, Epochs: epoch.New(1)})
		for n := range uint32(8000) {
			k := makeKey[Key6](n)
			i, _ := tab.Insert(&k, tab.Hash(&k), State{}, Origin{})
			if index = append(index, i); n%3 == 0 {
				tab.Remove(index[n/2])
			}
			if n%100 == 0 {
				tab.Maintain(50)
			}
			hash = hash*31 + tab.Hash(&k)
		}
		return index, hash
	}
	a, ha := run(1)
	b, hb := run(1)
	if !slices.Equal(a, b) || ha != hb {
		t.Error("two runs with one seed differ")
	}
	if _, h0 := run(0); h0 == ha {
		t.Error("seed 0 is not random")
	}
}

func TestConfig(t *testing.T) {
	for _, n := range []int{-1, 0, maxFlows + 1} {
		if _, err := New[Key4](Config{MaxFlows: n}); err == nil {
			t.Errorf("MaxFlows %d accepted", n)
		}
	}
	tab := newTable[Key6](t, Config{MaxFlows: 10})
	if tab.Alive(0) || tab.Alive(None) || tab.Alive(tab.limit) || tab.Remove(None) || tab.Remove(0) {
		t.Error("an index of no flow is alive")
	}
}

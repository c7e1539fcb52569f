package flowtrack

import (
	"testing"

	"github.com/gvpp/gvpp/dataplane/flow"
)

// TestMemories: each session has its own, those that live keep theirs, those of others are given to whoever comes, empty.
func TestMemories(t *testing.T) {
	p := New()
	var err error
	if p.table4, err = flow.New[flow.Key4](flow.Config{MaxFlows: 100}); err != nil {
		t.Fatal(err)
	}
	all := new(memories)
	first := uint64(0)
	var same []uint64 // names that go into one bucket
	for i := uint32(1); len(same) < 9; i++ {
		id := idOf(false, i, 3)
		if first == 0 {
			first = spreadID(id) % memoryBuckets
		}
		if spreadID(id)%memoryBuckets == first {
			same = append(same, id)
		}
	}
	x, r := p.table4.Insert(&flow.Key4{}, p.table4.Hash(&flow.Key4{}), flow.State{}, flow.Origin{})
	alive := idOf(false, x, p.table4.Life(x))
	if r != flow.Inserted || !p.lives(alive) || p.lives(same[0]) {
		t.Fatal("no session")
	}
	bucket := &all.buckets[first]
	bucket[3].who.Store(alive) // as if its name went here
	bucket[3].words[0] = 7
	if all.open(p, same[0], false) != nil {
		t.Error("a memory that nobody has made")
	}
	for _, id := range same {
		m := all.open(p, id, true)
		if m == nil || m.words != (Memory{}) || m.next != 0 || all.open(p, id, true) != nil {
			t.Fatalf("%+v, want an empty memory, and once", m)
		}
		m.words[0], m.next = id, 3
		m.close()
		if m = all.open(p, id, false); m == nil || m.words[0] != id {
			t.Fatalf("%+v, want what was left there", m)
		}
		m.close()
	}
	if bucket[3].who.Load() != alive || bucket[3].words[0] != 7 {
		t.Error("a session that lives has lost its memory")
	}
	if err := p.table4.Close(); err != nil {
		t.Error(err)
	}
}

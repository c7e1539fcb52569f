package flow

import (
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// TestTighten: shards that got quota back while the table was not tight give it up when the table is full; exactly.
func TestTighten(t *testing.T) {
	const size = 2*roomy + 5000
	tab := newTable[Key4](t, Config{MaxFlows: size, Epochs: epoch.New(0)})
	var index []uint32
	n := uint32(0)
	for ; len(index) < size-roomy/4; n++ {
		i, r := insert4(tab, n)
		if r != Inserted {
			t.Fatal(r)
		}
		index = append(index, i)
	}
	for _, i := range index[:3000] { // about 47 a shard: they keep it
		tab.Remove(i)
	}
	index = index[3000:]
	held := 0
	for i := range tab.shards {
		held += int(tab.shards[i].spare)
	}
	// one shard is asked for more than it holds, until all is gone
	s0 := &tab.shards[0]
	for len(index) < size+100 {
		k := makeKey[Key4](n)
		n++
		if tab.shardOf(tab.Hash(&k)) != s0 {
			continue
		}
		i, r := insert4(tab, n-1)
		if r == Full {
			break
		}
		if r != Inserted {
			t.Fatal(r)
		}
		index = append(index, i)
	}
	t.Log("held", held, "len", tab.Len(), "size", size)
	if tab.Len() != size {
		t.Errorf("Len %d, want %d", tab.Len(), size)
	}
	for j := uint32(0); j < 2000; j++ { // nobody gets in any more, in whatever shard
		if _, r := insert4(tab, 1<<26+j); r != Full {
			t.Fatalf("%v with Len %d of %d", r, tab.Len(), size)
		}
	}
}

// TestOverflowEpoch: an overflow bucket that is unlinked is used again only after the epoch.
func TestOverflowEpoch(t *testing.T) {
	d := epoch.New(1)
	tab := newTable[Key4](t, Config{MaxFlows: 30000, Epochs: d})
	var index []uint32
	for n := range uint32(12000) { // 512 buckets, never maintained
		i, _ := insert4(tab, n)
		index = append(index, i)
	}
	d.Quiesce(0)
	before := tab.over.bump.Load()
	for _, i := range index {
		tab.Remove(i)
	}
	for n := uint32(1 << 20); n < 1<<20+100; n++ {
		if o := tab.over.take(); o < before {
			t.Fatalf("overflow bucket %d again, under a reader", o)
		}
	}
}

// TestInsertOntoDying: a remover that has won the flow's life but waits for the shard's lock, which an insert of the same key has got first.
func TestInsertOntoDying(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 1000, Epochs: epoch.New(1)})
	x, _ := insert4(tab, 1)
	life := tab.Life(x)
	atomic.CompareAndSwapUint32(&tab.cold(x).life, life, life+1) // RemoveLife, before its lock
	i, r := insert4(tab, 1)
	if r == Exists && !tab.Alive(i) {
		t.Errorf("Insert: %v, flow %d, which is dead", r, i)
	}
}

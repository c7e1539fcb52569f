package flow

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// A large table takes exactly MaxFlows, too, though its shards hold quota back until the last is asked for; and goes on
// to be exact while flows come and go, tight and loose again.
func TestQuota(t *testing.T) {
	const size = roomy + 5000
	tab := newTable[Key4](t, Config{MaxFlows: size, Epochs: epoch.New(0)})
	var index []uint32
	fill := func(from uint32) {
		t.Helper()
		for n := from; ; n++ {
			i, r := insert4(tab, n)
			if r == Full {
				break
			}
			if r != Inserted {
				t.Fatal(n, r)
			}
			if index = append(index, i); n%256 == 0 {
				tab.Maintain(1024)
			}
		}
		if len(index) != size || tab.Len() != size || !tab.quota.tight.Load() {
			t.Fatalf("full with %d flows, Len %d, want %d", len(index), tab.Len(), size)
		}
	}
	fill(0)
	for n := range uint32(1000) { // in a full table a removal makes room for one insert, in whatever shard
		tab.Remove(index[n])
		i, r := insert4(tab, size+n)
		if _, again := insert4(tab, 2*size+n); r != Inserted || again != Full {
			t.Fatal(n, r, again)
		}
		index[n] = i
	}
	for _, i := range index[10:] {
		tab.Remove(i)
	}
	index = index[:10]
	if tab.Maintain(1); tab.quota.tight.Load() || tab.Len() != 10 {
		t.Errorf("an empty table is tight, or Len %d", tab.Len())
	}
	fill(3 * size)
}

// Inserts from many sides never make more than MaxFlows, and fill the table in the end.
func TestQuotaConcurrent(t *testing.T) {
	const size, workers = roomy + 100, 4
	tab := newTable[Key4](t, Config{MaxFlows: size})
	var inserted atomic.Int64
	var wg sync.WaitGroup
	for w := range uint32(workers) {
		wg.Go(func() {
			for n := range uint32(size/workers + 500) {
				if _, r := insert4(tab, w<<20|n); r == Inserted {
					inserted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	for n := uint32(1 << 24); ; n++ {
		if _, r := insert4(tab, n); r == Full {
			break
		}
		inserted.Add(1)
	}
	if inserted.Load() != size || tab.Len() != size {
		t.Errorf("%d inserted, Len %d, want %d", inserted.Load(), tab.Len(), size)
	}
}

// 1 M IPv4 flows take at most 100 bytes each, all included, however they came.
func TestBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a table of a million flows")
	}
	for _, n := range []int{1_000_000, 1 << 20} {
		tab := newTable[Key4](t, Config{MaxFlows: n})
		for i := range uint32(n) {
			if insert4(tab, i); i%4096 == 0 {
				tab.Maintain(1 << 13)
			}
		}
		for tab.Maintain(1 << 20) {
		}
		s := tab.Stats()
		if each := float64(s.Bytes) / float64(n); s.Flows != n || each > 100 {
			t.Errorf("%d flows: %.2f bytes each, %+v", s.Flows, each, s)
		}
	}
}

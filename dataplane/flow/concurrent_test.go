package flow

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// pinned keys are in the table all the time: they must be found through growth and churn, whatever else happens.
const pinned = 2000

// testConcurrent runs workers that look up, insert and remove, and a control side that maintains and sweeps.
func testConcurrent[K Key](t *testing.T) {
	const workers, space = 3, 30000
	loops := 400
	if testing.Short() {
		loops = 120
	}
	d := epoch.New(workers)
	tab := newTable[K](t, Config{MaxFlows: space, Epochs: d})
	for n := range uint32(pinned) {
		k := makeKey[K](n)
		tab.Insert(&k, tab.Hash(&k), State{Word: n}, Origin{})
	}
	var removed, inserted atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			c := &churner[K]{t: t, tab: tab, r: rand.New(rand.NewPCG(uint64(w), 7))}
			for range loops {
				d.Quiesce(w)
				c.step(space)
			}
			d.Idle(w)
			inserted.Add(c.inserted)
			removed.Add(c.removed)
		})
	}
	stop := make(chan struct{})
	var control sync.WaitGroup
	control.Go(func() { removed.Add(sweep(tab, stop)) })
	wg.Wait()
	close(stop)
	control.Wait()
	for tab.Maintain(1 << 16) {
	}
	if want := pinned + inserted.Load() - removed.Load(); int64(tab.Len()) != want {
		t.Errorf("Len %d, want %d", tab.Len(), want)
	}
	if s := tab.Stats(); s.Growths == 0 || s.Retired != 0 {
		t.Errorf("want growth and nothing left retired: %+v", s)
	}
}

// sweep maintains, and removes flows as the timeout pass does, without being a worker.
func sweep[K Key](tab *Table[K], stop chan struct{}) (removed int64) {
	r := rand.New(rand.NewPCG(8, 8))
	for {
		select {
		case <-stop:
			return removed
		default:
		}
		tab.Maintain(64)
		for range 50 {
			i := r.Uint32N(uint32(tab.Slots()))
			life := tab.Life(i)
			if life&1 == 0 || atomic.LoadUint32(&tab.State(i).Word) < pinned {
				continue
			}
			if tab.RemoveLife(i, life) {
				removed++
			}
		}
	}
}

// churner is a worker.
type churner[K Key] struct {
	t                 *testing.T
	tab               *Table[K]
	r                 *rand.Rand
	batch             Batch[K]
	n                 [MaxBatch]uint32
	inserted, removed int64
}

// step is one loop of a worker: nothing it finds may change under it until the next.
func (c *churner[K]) step(space uint32) {
	b := &c.batch
	for i := range b.Keys {
		c.n[i] = c.r.Uint32N(space)
		if i%4 == 0 {
			c.n[i] %= pinned
		}
		b.Keys[i] = makeKey[K](c.n[i])
	}
	c.tab.Lookup(b, MaxBatch)
	for i, n := range c.n {
		if b.Index[i] == None {
			c.miss(n, &b.Keys[i], b.Hash[i])
		} else if n >= pinned && n%8 == 0 && c.tab.Remove(b.Index[i]) {
			c.removed++
		}
	}
	for i, at := range b.Index {
		if at != None && (c.tab.Key(at) != b.Keys[i] || atomic.LoadUint32(&c.tab.State(at).Word) != c.n[i]) {
			c.t.Errorf("flow %d of key %d has become another's", at, c.n[i])
		}
	}
}

func (c *churner[K]) miss(n uint32, k *K, hash uint64) {
	if n < pinned {
		c.t.Errorf("pinned key %d not found", n)
	}
	i, r := c.tab.Insert(k, hash, State{Word: n}, Origin{})
	switch r {
	case Inserted:
		c.inserted++
	case Exists:
		if c.tab.Key(i) != *k {
			c.t.Errorf("insert says that key %d exists, at another's line", n)
		}
	case Full: // there are not as many keys; Stalled may happen to who outruns a worker that has lost its core
		c.t.Errorf("insert of key %d: %v", n, r)
	}
}

func TestConcurrent4(t *testing.T) { testConcurrent[Key4](t) }
func TestConcurrent6(t *testing.T) { testConcurrent[Key6](t) }

// One flow, removed by many at once, is removed by one.
func TestRemoveOnce(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 100})
	for range 200 {
		k := makeKey[Key4](1)
		i, _ := tab.Insert(&k, tab.Hash(&k), State{}, Origin{})
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if tab.Remove(i) {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || tab.Len() != 0 {
			t.Fatalf("%d removed it, Len %d", won.Load(), tab.Len())
		}
	}
}

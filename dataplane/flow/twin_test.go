package flow

import (
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// makeKey makes the n-th key of a test.
func makeKey[K Key](n uint32) (k K) {
	switch p := any(&k).(type) {
	case *Key4:
		*p, _ = MakeKey4(0x0a000000+n, 0xc0a80001, uint16(n>>3), 443, 0, 6, 0)
	case *Key6:
		a, b := [16]byte{0x20, 1, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}, [16]byte{0x20, 2, 15: 1}
		*p, _ = MakeKey6(&a, &b, uint16(n), 443, 0, 6, 0)
	}
	return k
}

func newTable[K Key](t testing.TB, c Config) *Table[K] {
	t.Helper()
	tab, err := New[K](c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tab.Close(); err != nil {
			t.Error(err)
		}
	})
	return tab
}

// twin is a table and the Go map that says what it should answer.
type twin[K Key] struct {
	*Table[K]
	t     *testing.T
	want  map[K]uint32
	batch Batch[K]
}

func newTwin[K Key](t *testing.T, c Config) *twin[K] {
	return &twin[K]{Table: newTable[K](t, c), t: t, want: map[K]uint32{}}
}

func (w *twin[K]) insert(n uint32) Result {
	k := makeKey[K](n)
	i, r := w.Insert(&k, w.Hash(&k), State{Word: n}, Origin{Serial: ^n})
	old, has := w.want[k]
	switch {
	case has && (r != Exists || i != old):
		w.t.Fatalf("insert of present key %d: %v index %d, want index %d", n, r, i, old)
	case !has && len(w.want) >= w.Cap() && r != Full:
		w.t.Fatalf("insert into a full table: %v", r)
	case !has && len(w.want) < w.Cap() && r != Inserted:
		w.t.Fatalf("insert of key %d as flow %d: %v, stats %+v", n, len(w.want), r, w.Stats())
	case r == Inserted:
		if !w.Alive(i) || w.Key(i) != k || w.State(i).Word != n || w.Origin(i).Serial != ^n || *w.Counters(i) != (Counters{}) {
			w.t.Fatalf("line %d of key %d is not as inserted", i, n)
		}
		w.Counters(i).Packets[1] = 7 // must be 0 again for the next flow here
		w.want[k] = i
	}
	return r
}

func (w *twin[K]) remove(n uint32) {
	k := makeKey[K](n)
	i, has := w.want[k]
	if got := w.Find(&k); has != (got != None) || has && got != i {
		w.t.Fatalf("find of key %d: %d, want %d %v", n, got, i, has)
	}
	if !has {
		return
	}
	if !w.Remove(i) || w.Remove(i) || w.Alive(i) {
		w.t.Fatalf("remove of key %d: not once", n)
	}
	delete(w.want, k)
}

func (w *twin[K]) lookup(ns []uint32) {
	for i, n := range ns {
		w.batch.Keys[i] = makeKey[K](n)
	}
	w.Lookup(&w.batch, len(ns))
	for i, n := range ns {
		want, has := w.want[w.batch.Keys[i]]
		if !has {
			want = None
		}
		if got := w.batch.Index[i]; got != want {
			w.t.Fatalf("lookup of key %d: %d, want %d", n, got, want)
		}
		if w.batch.Hash[i] != w.Hash(&w.batch.Keys[i]) {
			w.t.Fatalf("hash of key %d", n)
		}
	}
}

// check compares everything, both ways.
func (w *twin[K]) check() {
	w.t.Helper()
	alive := 0
	for i := range uint32(w.Slots()) {
		if w.Alive(i) {
			alive++
			if got, ok := w.want[w.Key(i)]; !ok || got != i {
				w.t.Fatalf("index %d is alive, want %d %v", i, got, ok)
			}
		}
	}
	if alive != len(w.want) || w.Len() != len(w.want) {
		w.t.Fatalf("%d alive, Len %d, want %d", alive, w.Len(), len(w.want))
	}
	for k, i := range w.want {
		if got := w.Find(&k); got != i {
			w.t.Fatalf("find: %d, want %d", got, i)
		}
	}
}

func testTwin[K Key](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := newTwin[K](t, Config{MaxFlows: 30000, Seed: 5, Epochs: epoch.New(2)})
	ns := make([]uint32, MaxBatch)
	steps := 3000
	if testing.Short() {
		steps = 1000
	}
	for step := range steps {
		// the number of keys in play rises and falls, so that the table fills, grows, empties and fills again
		space := uint32(1000 + 39000*(step%1000)/1000)
		for range 60 {
			if n := r.Uint32N(space); r.Uint32N(space) < space*2/3 {
				w.insert(n)
			} else {
				w.remove(n)
			}
		}
		for i := range ns {
			ns[i] = r.Uint32N(space)
		}
		w.lookup(ns[:1+r.IntN(MaxBatch)])
		if step%3 == 0 {
			w.Maintain(r.IntN(200))
		}
		if step%500 == 499 {
			w.check()
		}
	}
	if s := w.Stats(); s.Growths < 2 || s.Overflow == 0 {
		t.Errorf("want growth and overflow, have %+v", s)
	}
}

func TestTwin4(t *testing.T) { testTwin[Key4](t) }
func TestTwin6(t *testing.T) { testTwin[Key6](t) }

package fib_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// numbered is a key of a domain.
func numbered(domain uint16, n int) fib.Key {
	var mac [6]byte
	binary.BigEndian.PutUint32(mac[2:], uint32(n))
	return fib.NewKey(domain, mac[:])
}

func find(t *fib.Table, k fib.Key) fib.Entry {
	var l fib.Lookup
	l.Keys[1] = k
	l.Find(t, 3)
	if e := t.Find(k); e != l.Entries[1] && l.Entries[0]|l.Entries[2] != 0 {
		return ^e
	}
	return l.Entries[1]
}

// The table does what a map does, whatever order things are done in.
func TestTwin(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		table, twin := fib.New(seed+1), map[fib.Key]fib.Entry{}
		for step := range 300_000 {
			k := numbered(uint16(1+r.IntN(3)), r.IntN(8000))
			e := fib.NewEntry(uint32(r.IntN(1000)), fib.At(int64(r.Uint32())*1e6), fib.Learned)
			switch op := r.IntN(100); {
			case op < 50: // what a worker does
				old := twin[k]
				if r.IntN(10) == 0 {
					old ^= 1 << 50 // it has seen something else
				}
				if o := table.TryReplace(k, old, e); o == fib.Done {
					twin[k] = e
				} else if o == fib.Busy && old == twin[k] {
					t.Fatalf("step %d: nobody else is there", step)
				}
			case op < 60:
				if old := table.Set(k, e); old != twin[k] {
					t.Fatalf("step %d: Set found %x, want %x", step, old, twin[k])
				}
				twin[k] = e
			case op < 90:
				if old := table.Delete(k); old != twin[k] {
					t.Fatalf("step %d: Delete found %x, want %x", step, old, twin[k])
				}
				delete(twin, k)
			case op < 91 && step%50 == 0:
				port := uint32(r.IntN(1000))
				var c fib.Cursor
				for !table.Sweep(&c, func(_ fib.Key, e fib.Entry) fib.Entry {
					if e.Port() >= port {
						return 0
					}
					return e
				}) {
				}
				for k, e := range twin {
					if e.Port() >= port {
						delete(twin, k)
					}
				}
			case op < 93:
				table.Resize()
			}
			if got := find(table, k); got != twin[k] {
				t.Fatalf("step %d: %x, want %x", step, got, twin[k])
			}
		}
		same(t, table, twin)
	}
}

func same(t *testing.T, table *fib.Table, twin map[fib.Key]fib.Entry) {
	t.Helper()
	if table.Len() != len(twin) {
		t.Errorf("%d entries, want %d", table.Len(), len(twin))
	}
	n := 0
	table.Each(func(k fib.Key, e fib.Entry) bool {
		n++
		if twin[k] != e || find(table, k) != e {
			t.Errorf("%x: %x, want %x", k, e, twin[k])
		}
		return true
	})
	if n != len(twin) {
		t.Errorf("%d entries seen, want %d", n, len(twin))
	}
}

// A burst of more addresses than there is room for is refused, not waited for, and fits when the table has grown. Memory follows what
// is in it, back too.
func TestGrowsAndShrinks(t *testing.T) {
	const many = 200_000
	table := fib.New(1)
	small, refused := table.Bytes(), 0
	for round := 0; ; round++ {
		refused = 0
		for n := range many {
			k := numbered(1, n)
			if find(table, k) == 0 && table.TryReplace(k, 0, fib.NewEntry(uint32(n%1000), 0, 0)) == fib.Full {
				refused++
			}
		}
		if refused == 0 {
			break
		}
		if round > 10 {
			t.Fatalf("%d are still refused", refused)
		}
		table.Resize()
	}
	if table.Len() != many || table.Bytes() > 88*many {
		t.Errorf("%d entries in %d bytes", table.Len(), table.Bytes())
	}
	for n := range many {
		if e := find(table, numbered(1, n)); e.Port() != uint32(n%1000) || e == 0 {
			t.Fatalf("address %d: %x", n, e)
		}
	}
	var c fib.Cursor
	for !table.Sweep(&c, func(fib.Key, fib.Entry) fib.Entry { return 0 }) {
	}
	table.Resize()
	if table.Len() != 0 || table.Bytes() != small {
		t.Errorf("%d entries in %d bytes, want none in %d", table.Len(), table.Bytes(), small)
	}
}

// Workers learn and look up, the control side sweeps, enters, deletes and grows: what a reader is given is always its key's.
func TestConcurrent(t *testing.T) {
	table := fib.New(0)
	keys := make([]fib.Key, 4000)
	for n := range keys {
		keys[n] = numbered(1, n)
	}
	portOf := func(k fib.Key) uint32 { return uint32(k) % 60_000 }
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range uint64(2) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(w, 7))
			for {
				select {
				case <-stop:
					return
				default:
				}
				for range 100 {
					k := keys[r.IntN(len(keys))]
					e := find(table, k)
					if e != 0 && e.Port() != portOf(k) {
						t.Errorf("key %x has port %d", k, e.Port())
						return
					}
					table.TryReplace(k, e, fib.NewEntry(portOf(k), fib.At(int64(r.Uint32())), fib.Learned))
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(3, 3))
	var c fib.Cursor
	for step := range 3000 {
		k := keys[r.IntN(len(keys))]
		table.Delete(k)
		table.Set(k, fib.NewEntry(portOf(k), 0, 0))
		table.Sweep(&c, func(k fib.Key, e fib.Entry) fib.Entry {
			if k%5 == 0 {
				return 0
			}
			return e
		})
		if step%100 == 0 {
			table.Resize()
		}
	}
	close(stop)
	wg.Wait()
	n := 0
	table.Each(func(fib.Key, fib.Entry) bool { n++; return true })
	if n != table.Len() {
		t.Errorf("%d entries seen, %d counted", n, table.Len())
	}
}

// Times wrap, and are right at the edges.
func TestTimes(t *testing.T) {
	const second = int64(1e9)
	for _, start := range []int64{0, 65_530 * second, 65_536*second - 1, 1 << 50} {
		e := fib.NewEntry(7, fib.At(start), fib.Learned)
		if e.Stale(fib.At(start+3*second)) || !e.Stale(fib.At(start+5*second)) {
			t.Errorf("from %d: stale too early or late", start)
		}
		if e.Expired(fib.At(start+60*second), 1) || !e.Expired(fib.At(start+65*second), 1) || e.Expired(fib.At(start+255*60*second), 255) {
			t.Errorf("from %d: expired too early or late", start)
		}
		if x := e.Refresh(fib.At(start + 1000*second)); x.Port() != 7 || x.Age(fib.At(start+1000*second)) != 0 || !x.Is(fib.Learned) {
			t.Errorf("from %d: refreshed to %x", start, x)
		}
	}
	if mac := numbered(9, 0x01020304).MAC(); mac != [6]byte{0, 0, 1, 2, 3, 4} || numbered(9, 1).Domain() != 9 {
		t.Errorf("%x", mac)
	}
}

func TestNoAllocations(t *testing.T) {
	table := fib.New(1)
	k := numbered(1, 1)
	if n := testing.AllocsPerRun(100, func() {
		e := find(table, k)
		table.TryReplace(k, e, e.Refresh(fib.At(int64(e)))|fib.Valid)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

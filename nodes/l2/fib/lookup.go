package fib

import "sync/atomic"

// Vector is the most keys that Lookup takes at once.
const Vector = 256

// Lookup looks up the keys of a vector: first it hashes all and has their lines come, so that these come at the same time, then it
// compares. A run of one key costs one. It is a worker's, and its fields are: Keys, and behind Find, Entries. The zero value is ready.
type Lookup struct {
	Keys    [Vector]Key   // 0: none
	Entries [Vector]Entry // of Keys; 0: none
	places  [Vector]uint32
	touched uint64 // what was read to have lines come, so that it is read
}

// Find looks the first n keys up. Nearly all are in the bucket that they hash to, in which the slot is found without a branch.
func (l *Lookup) Find(t *Table, n int) {
	r := t.cur.Load()
	all := r.buckets
	if len(all) == 0 || uint(n) > Vector {
		return
	}
	l.begin(t, r, n)
	same, found := Key(0), Entry(0)
	for i, k := range l.Keys[:n] {
		if k == same {
			l.Entries[i] = found
			continue
		}
		p := l.places[i]
		b := &all[uint64(p)&uint64(len(all)-1)]
		at := 0
		if atomic.LoadUint64(&b.keys[1]) == uint64(k) {
			at = 1
		}
		if atomic.LoadUint64(&b.keys[2]) == uint64(k) {
			at = 2
		}
		last := atomic.LoadUint64(&b.keys[3])
		if last == uint64(k) {
			at = 3
		}
		key := &b.keys[at&3]
		hit := atomic.LoadUint64(key) == uint64(k)
		e := atomic.LoadUint64(&b.entries[at&3])
		if !hit || e == 0 || atomic.LoadUint64(key) != uint64(k) {
			if e = 0; hit || last != 0 { // it may be behind the bucket, or it has just changed
				e = uint64(r.search(k, p))
			}
		}
		same, found = k, Entry(e)
		l.Entries[i] = found
	}
}

// begin hashes the keys and reads a word of each line.
func (l *Lookup) begin(t *Table, r *region, n int) {
	all, log, seed := r.buckets, r.log, t.seed
	touched, same := uint64(0), Key(0)
	for i, k := range l.Keys[:n] {
		if k == same {
			continue
		}
		same = k
		p := place(hash(&seed, k), log)
		l.places[i] = p
		touched += atomic.LoadUint64(&all[uint64(p)&uint64(len(all)-1)].keys[0])
	}
	l.touched = touched
}

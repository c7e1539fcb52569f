package fib

import (
	"runtime"
	"sync/atomic"
)

// Outcome is what became of TryReplace.
type Outcome int

// The outcomes of TryReplace.
const (
	Done Outcome = iota
	Busy         // somebody else changes the shard, or has changed the entry
	Full         // no room before Resize has made some
)

// TryReplace makes the entry of a key new, if it is old now; 0 for old: if there is none. It does not wait.
func (t *Table) TryReplace(k Key, old, new Entry) Outcome {
	h := hash(&t.seed, k)
	s := &t.shards[h>>(64-shardBits)]
	if !s.held.CompareAndSwap(0, 1) {
		return Busy
	}
	o := s.replace(t.cur.Load(), k, h, old, new)
	s.held.Store(0)
	return o
}

// replace is TryReplace of who holds the shard.
func (s *shard) replace(r *region, k Key, h uint64, old, new Entry) Outcome {
	at, free := r.place(k, h)
	switch {
	case at.b != nil && at.entry() != old, at.b == nil && old != 0:
		return Busy
	case at.b != nil:
		atomic.StoreUint64(&at.b.entries[at.i], uint64(new))
		return Done
	case free.b == nil:
		return Full
	}
	if free.b.keys[free.i] == 0 {
		s.used.Add(1)
	}
	s.live.Add(1)
	free.fill(k, new)
	return Done
}

// slot is a place in a bucket; none if b is nil.
type slot struct {
	b *bucket
	i int
}

// entry is what is in the slot, 0 for none.
func (s slot) entry() Entry {
	if s.b == nil {
		return 0
	}
	return Entry(s.b.entries[s.i])
}

// fill puts an entry into an empty slot: the key last, by which readers find it.
func (s slot) fill(k Key, e Entry) {
	atomic.StoreUint64(&s.b.entries[s.i], uint64(e))
	atomic.StoreUint64(&s.b.keys[s.i], uint64(k))
}

// place finds a key's slot, or else the first one that is free for it. Its shard is held.
func (r *region) place(k Key, h uint64) (at, free slot) {
	p := place(h, r.log)
	for range maxProbe {
		b := &r.buckets[p]
		empty := false
		for i, key := range b.keys {
			switch key {
			case uint64(k):
				return slot{b, i}, slot{}
			case 0, grave:
				empty = empty || key == 0
				if free.b == nil {
					free = slot{b, i}
				}
			}
		}
		if empty {
			break
		}
		p = behind(p, r.log)
	}
	return slot{}, free
}

// lock waits for a shard. It is for the control side, whom workers make wait for some hundred nanoseconds.
func (s *shard) lock() {
	for !s.held.CompareAndSwap(0, 1) {
		runtime.Gosched()
	}
}

func (s *shard) unlock() { s.held.Store(0) }

// Set enters a key, whatever its entry was, which it returns. It makes room where there is none.
func (t *Table) Set(k Key, e Entry) (old Entry) {
	h := hash(&t.seed, k)
	s := &t.shards[h>>(64-shardBits)]
	for {
		s.lock()
		r := t.cur.Load()
		at, _ := r.place(k, h)
		old = at.entry()
		o := s.replace(r, k, h, old, e)
		s.unlock()
		if o == Done {
			return old
		}
		t.rebuild(2 * r.ofShard())
	}
}

// Delete takes a key out and returns what its entry was, 0 for none.
func (t *Table) Delete(k Key) (old Entry) {
	h := hash(&t.seed, k)
	s := &t.shards[h>>(64-shardBits)]
	s.lock()
	defer s.unlock()
	if at, _ := t.cur.Load().place(k, h); at.b != nil {
		old = at.entry()
		s.remove(at)
	}
	return old
}

// remove empties a slot. The shard is held.
func (s *shard) remove(at slot) {
	left := grave
	for i, key := range at.b.keys {
		if i != at.i && key == 0 {
			left = 0
		}
	}
	atomic.StoreUint64(&at.b.keys[at.i], left)
	atomic.StoreUint64(&at.b.entries[at.i], 0)
	s.live.Add(-1)
	if left == 0 {
		s.used.Add(-1)
	}
}

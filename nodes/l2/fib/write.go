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
	Full         // no room before Grow has made some
)

// TryReplace makes the entry of a key new, if it is old now; 0 for old: if there is none. It does not wait. h is the key's hash.
func (t *Table) TryReplace(k Key, h uint64, old, new Entry) Outcome {
	s := t.shardOf(h)
	if !s.held.CompareAndSwap(0, 1) {
		return Busy
	}
	o := s.replace(k, h, old, new)
	s.held.Store(0)
	return o
}

// replace is TryReplace of who holds the shard.
func (s *shard) replace(k Key, h uint64, old, new Entry) Outcome {
	b, at, free := s.cur.Load().place(k, h)
	switch {
	case b != nil && Entry(b.entries[at]) != old, b == nil && old != 0:
		return Busy
	case b != nil:
		atomic.StoreUint64(&b.entries[at], uint64(new))
		return Done
	case free.b == nil:
		return Full
	}
	if free.b.keys[free.at] == 0 {
		s.used.Add(1)
	}
	s.live.Add(1)
	atomic.StoreUint64(&free.b.entries[free.at], uint64(new))
	atomic.StoreUint64(&free.b.keys[free.at], uint64(k))
	return Done
}

// slot is a place in a bucket.
type slot struct {
	b  *bucket
	at int
}

// place finds a key's slot, or else, with b nil, the first one that is free for it.
func (r *region) place(k Key, h uint64) (b *bucket, at int, free slot) {
	all := r.buckets
	for i := uint64(0); i < maxProbe; i++ {
		b := &all[(h+i)&uint64(len(all)-1)]
		empty := false
		for s, key := range b.keys {
			switch key {
			case uint64(k):
				return b, s, slot{}
			case 0, grave:
				empty = empty || key == 0
				if free.b == nil {
					free = slot{b, s}
				}
			}
		}
		if empty {
			break
		}
	}
	return nil, 0, free
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
	h := t.Hash(k)
	s := t.shardOf(h)
	s.lock()
	defer s.unlock()
	for {
		if b, at, _ := s.cur.Load().place(k, h); b != nil {
			old = Entry(b.entries[at])
		}
		if s.replace(k, h, old, e) != Full {
			return old
		}
		s.grow(t)
	}
}

// Delete takes a key out and returns what its entry was, 0 for none.
func (t *Table) Delete(k Key) (old Entry) {
	h := t.Hash(k)
	s := t.shardOf(h)
	s.lock()
	defer s.unlock()
	if b, at, _ := s.cur.Load().place(k, h); b != nil {
		old = Entry(b.entries[at])
		s.remove(b, at)
	}
	return old
}

// remove empties a slot. The shard is held.
func (s *shard) remove(b *bucket, at int) {
	next := grave
	for i, key := range b.keys {
		if i != at && key == 0 {
			next = 0
		}
	}
	atomic.StoreUint64(&b.keys[at], next)
	atomic.StoreUint64(&b.entries[at], 0)
	s.live.Add(-1)
	if next == 0 {
		s.used.Add(-1)
	}
}

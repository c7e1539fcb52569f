package flow

import (
	"math/bits"
	"unsafe"
)

// phase is what growth is doing. Maintain takes it from one to the next:
//
//	steady ─(growAt)─► copying ─(all shards; swap)─► draining ─(epoch; overflow buckets freed; unmap)─► steady
type phase uint8

const (
	steady phase = iota
	copying
	draining
)

// growth is the state of growing. The control side writes it.
type growth struct {
	phase  phase
	next   *view  // copying: not yet seen by readers, written to by writers
	old    *view  // draining: seen by readers that have not quiesced
	until  uint64 // draining: the epoch to wait for
	shard  int    // copying: the one being copied
	bucket uint64 // draining: the next whose overflow buckets are to be freed
	count  uint64 // times grown
	failed uint64 // times the memory for it was refused
}

// copyStep is how many buckets are copied under one hold of a shard's lock: some 4 us where the lines miss the caches.
// Low: the lock is taken more often; high: an insert waits longer.
const copyStep = 8

// advance does at most budget buckets' worth of growing and reports whether more can be done now.
func (t *Table[K]) advance(budget int) (more bool) {
	for budget > 0 {
		switch t.grow.phase {
		case steady:
			if !t.begin() {
				return false
			}
		case copying:
			n, ok := t.copySome(uint64(min(budget, copyStep)))
			if !ok {
				return false
			}
			budget -= int(n)
		case draining:
			if !t.epochs.Passed(t.grow.until) {
				return false
			}
			budget -= t.drain(budget)
		}
		budget--
	}
	return t.grow.phase != steady || t.wanted() > t.view.Load().buckets()
}

// wanted is the number of buckets there should be.
func (t *Table[K]) wanted() uint64 { return bucketsFor(t.Len()) }

// begin makes the next view and shows it to the writers. It reports false if there is nothing to do.
func (t *Table[K]) begin() bool {
	cur, n := t.view.Load(), t.wanted()
	if n <= cur.buckets() {
		return false
	}
	next, err := newView(n, cur.over)
	if err != nil {
		t.grow.failed++
		return false
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.lock.lock()
		s.next, s.copied = next, 0
		s.lock.unlock()
	}
	t.grow.next, t.grow.shard, t.grow.phase = next, 0, copying
	return true
}

// copySome copies at most n buckets of the shard whose turn it is, and swaps views after the last. It fails where
// overflow buckets have run out: later it may go on.
func (t *Table[K]) copySome(n uint64) (done uint64, ok bool) {
	s := &t.shards[t.grow.shard]
	s.lock.lock()
	size := s.cur.buckets() / shardCount
	for ok = true; ok && done < n && s.copied < size; done++ {
		if ok = t.copyBucket(s, s.copied*shardCount+uint64(t.grow.shard)); ok {
			s.copied++
		}
	}
	finished := s.copied == size
	s.lock.unlock()
	if finished {
		if t.grow.shard++; t.grow.shard == shardCount {
			t.swap()
		}
	}
	return done, ok
}

// copyBucket puts the flows of one chain into the next view. A chain's flows never need more overflow buckets there
// than here, so having as many makes sure that it can be finished.
func (t *Table[K]) copyBucket(s *shard, n uint64) bool {
	first := s.cur.bucket(n * uint64(unsafe.Sizeof(bucket{})))
	var l uint32 // overflow buckets, one for each
	enough := true
	for b := s.cur.linked(first.index[link]); enough && b != nil; b = s.cur.linked(b.index[link]) {
		o := t.over.take()
		if enough = o != 0; enough {
			t.over.push(&l, o)
		}
	}
	for b := first; enough && b != nil; b = s.cur.linked(b.index[link]) {
		t.copyLanes(s.next, b, &l)
	}
	for l != 0 {
		o := t.over.shift(&l)
		t.over.release(&chain{o, o, 1, 1})
	}
	return enough
}

// copyLanes puts the flows of one bucket into v, with overflow buckets from l.
func (t *Table[K]) copyLanes(v *view, b *bucket, l *uint32) {
	var hash [lanes]uint64
	used := ^b.match(0) & (ones | ones<<1)
	for m := used; m != 0; m &= m - 1 { // a loop of its own: the lines' cache misses overlap
		hash[lane(m)] = t.Hash(t.key(*b.at(lane(m))))
	}
	for m := used; m != 0; m &= m - 1 {
		s := lane(m)
		p := room(v, hash[s])
		if p.lane == link {
			p.spare = t.over.shift(l)
		}
		p.put(v, *b.at(s), hash[s])
	}
}

// swap makes the next view the one readers use, then the only one writers use.
func (t *Table[K]) swap() {
	t.grow.old, t.grow.next = t.view.Swap(t.grow.next), nil
	for i := range t.shards {
		s := &t.shards[i]
		s.lock.lock()
		s.cur, s.next = s.next, nil
		s.lock.unlock()
	}
	t.grow.until, t.grow.bucket, t.grow.phase = t.epochs.Advance(), 0, draining
}

// drain frees the overflow buckets of the old view, budget chains at most, and unmaps it after the last.
func (t *Table[K]) drain(budget int) (done int) {
	old, n := t.grow.old, t.grow.old.buckets()
	var l chain
	for ; done < budget && t.grow.bucket < n; done++ {
		b := old.bucket(t.grow.bucket * uint64(unsafe.Sizeof(bucket{})))
		for ln := b.index[link]; ln != 0; ln = old.linked(ln).index[link] {
			t.over.add(&l, ln&^overflow, 1)
		}
		t.grow.bucket++
	}
	t.over.release(&l)
	if t.grow.bucket == n {
		_ = old.region.release() // an address range that munmap refuses stays mapped: nothing is lost but memory
		t.grow.old, t.grow.phase = nil, steady
		t.grow.count++
	}
	return done
}

// bucketsFor is the number of buckets, a power of two, for n flows.
func bucketsFor(n int) uint64 { return max(minBuckets, uint64(1)<<bits.Len64(uint64(n)/growAt)) }

package flow

import (
	"math/bits"
	"unsafe"
)

// phase is what growth is doing. Maintain takes it from one to the next:
//
//	steady ─(growAt)─► paging ─(all pages there)─► copying ─(all shards; swap)─► draining ─(epoch; overflow buckets
//	freed)─► dropping ─(all pages given back; unmap)─► steady
//
// A page of 2 MiB takes the kernel some 100 us to clear. Were the next view's pages taken by copying, inserts would wait
// for that at the shard's lock; were the old one's given back by one munmap of all, every other fault of the process would
// wait. So both have a phase of their own, and a slice of it takes a bounded time without any lock of ours.
type phase uint8

const (
	steady phase = iota
	paging
	copying
	draining
	dropping
)

// growth is the state of growing. The control side writes it.
type growth struct {
	phase  phase
	next   *view   // paging: nobody else's; copying: not yet seen by readers, written to by writers
	old    *view   // draining: seen by readers that have not quiesced; dropping: by nobody
	paged  uintptr // paging, dropping: bytes of the view that are done
	until  uint64  // draining: the epoch to wait for
	shard  int     // copying: the one being copied
	bucket uint64  // draining: the next whose overflow buckets are to be freed
	count  uint64  // times grown
	failed uint64  // times the memory for it was refused
}

// copyStep is how many buckets are copied under one hold of a shard's lock: some 4 us where the lines miss the caches, 1 us
// where warm has brought them.
// Low: the lock is taken more often; high: an insert waits longer.
const copyStep = 8

// pageStep is how much of a view is taken or given back at once, in bytes: one huge page. pageCost is what that takes, in
// units of the budget, of which one is some 100 ns.
const (
	pageStep = hugePage
	pageCost = 1024
)

// advance does at most budget buckets' worth of growing and reports whether more can be done now.
func (t *Table[K]) advance(budget int) (more bool) {
	for budget > 0 {
		switch t.grow.phase {
		case steady:
			if !t.begin() {
				return false
			}
		case paging:
			budget -= t.page()
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
		case dropping:
			budget -= t.drop()
		}
		budget--
	}
	return t.grow.phase != steady || t.wanted() > t.view.Load().buckets()
}

// wanted is the number of buckets there should be.
func (t *Table[K]) wanted() uint64 { return bucketsFor(t.Len()) }

// begin makes the next view. It reports false if there is nothing to do.
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
	t.grow.next, t.grow.paged, t.grow.phase = next, 0, paging
	return true
}

// page takes pages for a step of the next view, and shows it to the writers after the last.
func (t *Table[K]) page() (cost int) {
	r := t.grow.next.region
	to := min(t.grow.paged+pageStep, r.size)
	cost = int((to - t.grow.paged) * pageCost / pageStep)
	populate(r.base, t.grow.paged, to)
	if t.grow.paged = to; to < r.size {
		return cost
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.lock.lock()
		s.next, s.copied = t.grow.next, 0
		s.lock.unlock()
	}
	t.grow.shard, t.grow.phase = 0, copying
	return cost
}

// copySome copies at most n buckets of the shard whose turn it is, and swaps views after the last. It fails where
// overflow buckets have run out: later it may go on.
func (t *Table[K]) copySome(n uint64) (done uint64, ok bool) {
	s := &t.shards[t.grow.shard]
	size := s.cur.buckets() / shardCount
	if t.asm {
		t.warm(s, min(n, size-s.copied))
	}
	s.lock.lock()
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

// warm brings what copying the next n buckets of s will touch, before the lock is taken, so that it is held for a quarter
// of the time. It may read a key that is being written and then touches the wrong bucket, nothing worse.
func (t *Table[K]) warm(s *shard, n uint64) {
	for i := range n {
		b := s.cur.bucket(((s.copied+i)*shardCount + uint64(t.grow.shard)) * uint64(unsafe.Sizeof(bucket{})))
		for m := ^b.match(0) & (ones | ones<<1); m != 0; m &= m - 1 {
			to := unsafe.Pointer(s.next.bucket(t.Hash(t.key(peek32(b.at(lane(m)))))))
			touch(to, to)
		}
	}
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

// drain frees the overflow buckets of the old view, budget chains at most.
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
		t.grow.paged, t.grow.phase = 0, dropping
	}
	return done
}

// drop gives back the pages of a step of the old view, and unmaps it after the last.
func (t *Table[K]) drop() (cost int) {
	r := t.grow.old.region
	to := min(t.grow.paged+pageStep, r.size)
	cost = int((to - t.grow.paged) * pageCost / pageStep)
	r.discard(t.grow.paged, to)
	if t.grow.paged = to; to == r.size {
		_ = r.release() // an address range that munmap refuses stays mapped: nothing is lost but memory
		t.grow.old, t.grow.phase = nil, steady
		t.grow.count++
	}
	return cost
}

// bucketsFor is the number of buckets, a power of two, for n flows.
func bucketsFor(n int) uint64 { return max(minBuckets, uint64(1)<<bits.Len64(uint64(n)/growAt)) }

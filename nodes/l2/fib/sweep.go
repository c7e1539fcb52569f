package fib

import "sync/atomic"

// sweepSlice is how many buckets a sweep looks at while it holds a shard: some microseconds, in which workers learn nothing there.
const sweepSlice = 64

// Cursor is where a sweep has come to. The zero value is the beginning.
type Cursor struct {
	shard, bucket int
}

// Sweep calls see with the entries of the next buckets and goes on with what that returns: the entry as it is to be, 0 to take it
// out. It reports whether the sweep has come round. see must not call the table.
func (t *Table) Sweep(c *Cursor, see func(Key, Entry) Entry) (round bool) {
	s := &t.shards[c.shard]
	s.lock()
	defer s.unlock()
	all := s.cur.Load().buckets
	end := min(c.bucket+sweepSlice, len(all))
	for ; c.bucket < end; c.bucket++ {
		s.sweep(&all[c.bucket], see)
	}
	if c.bucket < len(all) {
		return false
	}
	s.tidy()
	c.bucket, c.shard = 0, (c.shard+1)%shardCount
	return c.shard == 0
}

func (s *shard) sweep(b *bucket, see func(Key, Entry) Entry) {
	for i, key := range b.keys {
		if key == 0 || key == grave {
			continue
		}
		e := Entry(b.entries[i])
		switch now := see(Key(key), e); now {
		case e:
		case 0:
			s.remove(b, i)
		default:
			atomic.StoreUint64(&b.entries[i], uint64(now))
		}
	}
}

// Each calls see with all entries, in no order, until it returns false. Entries that change meanwhile may be missed or come twice.
func (t *Table) Each(see func(Key, Entry) bool) {
	for i := range t.shards {
		all := t.shards[i].cur.Load().buckets
		for at := range all {
			if !all[at].each(see) {
				return
			}
		}
	}
}

// Len is the number of entries.
func (t *Table) Len() (n int) {
	for i := range t.shards {
		n += int(t.shards[i].live.Load())
	}
	return n
}

// Bytes is the memory of the table.
func (t *Table) Bytes() (n int) {
	for i := range t.shards {
		n += len(t.shards[i].cur.Load().buckets) * bucketBytes
	}
	return n
}

// Grow makes room in the shards that are half full, at most n of them at a call, and reports whether there are more. It holds each
// for as long as its copy takes: some 10 ns an entry.
func (t *Table) Grow(n int) (more bool) {
	for i := range t.shards {
		s := &t.shards[i]
		if !s.crowded() {
			continue
		}
		if n == 0 {
			return true
		}
		n--
		s.lock()
		s.grow(t)
		s.unlock()
	}
	return false
}

// crowded says that half of the slots are used.
func (s *shard) crowded() bool {
	return int(s.used.Load())*2 >= len(s.cur.Load().buckets)*slots
}

// tidy gives room back that a shard does not need any more, and buries graves for good, when it is nearly empty. The shard is held.
func (s *shard) tidy() {
	all := s.cur.Load().buckets
	if s.live.Load() == 0 && (s.used.Load() != 0 || len(all) > minBuckets) {
		s.cur.Store(&region{make([]bucket, minBuckets)})
		s.used.Store(0)
	}
}

// grow copies what lives into a region that it fills to three eighths at most. The shard is held: readers find all in the old one
// until the new one is there, and nobody writes.
func (s *shard) grow(t *Table) {
	old := s.cur.Load()
	for n := max(minBuckets, len(old.buckets)); ; n *= 2 {
		if int(s.live.Load())*8 > n*slots*3 {
			continue
		}
		if r := copied(t, old, n); r != nil {
			s.cur.Store(r)
			s.used.Store(s.live.Load())
			return
		}
	}
}

// copied is a region of n buckets with the entries of another one, or nil if they do not fit.
func copied(t *Table, old *region, n int) *region {
	r := &region{make([]bucket, n)}
	for i := range old.buckets {
		fits := old.buckets[i].each(func(k Key, e Entry) bool {
			_, _, free := r.place(k, t.Hash(k))
			if free.b == nil {
				return false
			}
			free.b.keys[free.at], free.b.entries[free.at] = uint64(k), uint64(e)
			return true
		})
		if !fits {
			return nil
		}
	}
	return r
}

package fib

import "sync/atomic"

// sweepSlice is how many buckets a sweep looks at while it holds a shard: some microseconds, in which workers learn nothing there.
const sweepSlice = 64

// Cursor is where a sweep has come to. The zero value is the beginning.
type Cursor struct {
	shard, bucket int
}

// Sweep calls see with the entries of the next buckets and goes on with what that returns: the entry as it is to be, 0 to take it
// out. It reports whether the sweep has come round; where Resize comes in between, that round may miss some. see must not call the
// table.
func (t *Table) Sweep(c *Cursor, see func(Key, Entry) Entry) (round bool) {
	s := &t.shards[c.shard]
	s.lock()
	defer s.unlock()
	all := t.cur.Load().of(c.shard)
	for end := min(c.bucket+sweepSlice, len(all)); c.bucket < end; c.bucket++ {
		s.sweep(&all[c.bucket], see)
	}
	if c.bucket < len(all) {
		return false
	}
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
			s.remove(slot{b, i})
		default:
			atomic.StoreUint64(&b.entries[i], uint64(now))
		}
	}
}

// Each calls see with all entries, in no order, until it returns false. Entries that change meanwhile may be missed or come twice.
func (t *Table) Each(see func(Key, Entry) bool) {
	all := t.cur.Load().buckets
	for i := range all {
		if !all[i].each(see) {
			return
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
func (t *Table) Bytes() int { return len(t.cur.Load().buckets) * bucketBytes }

// Resize copies the table into a larger one when a shard is half full, also for graves, and into a smaller one when all are nearly
// empty.
func (t *Table) Resize() {
	room := t.cur.Load().ofShard() * slots
	used, live := 0, 0 // of the fullest
	for i := range t.shards {
		used, live = max(used, int(t.shards[i].used.Load())), max(live, int(t.shards[i].live.Load()))
	}
	if used*2 >= room || live*16 < room && room > minBuckets*slots {
		t.rebuild(minBuckets)
	}
}

// rebuild copies the table into one that is filled to three eighths at most, with at least so many buckets in a shard. It holds all
// shards: readers find all in the old one until the new one is there, and nobody writes.
func (t *Table) rebuild(least int) {
	for i := range t.shards {
		t.shards[i].lock()
	}
	live := 0
	for i := range t.shards {
		live = max(live, int(t.shards[i].live.Load()))
	}
	for live*8 > least*slots*3 {
		least *= 2
	}
	old := t.cur.Load()
	r := t.copied(old, least)
	for ; r == nil; r = t.copied(old, least) {
		least *= 2
	}
	t.cur.Store(r)
	for i := range t.shards {
		t.shards[i].used.Store(t.shards[i].live.Load())
		t.shards[i].unlock()
	}
}

// copied is a region of so many buckets a shard with the entries of another one, or nil if they do not fit.
func (t *Table) copied(old *region, ofShard int) *region {
	r := newRegion(ofShard)
	for i := range old.buckets {
		fits := old.buckets[i].each(func(k Key, e Entry) bool {
			_, free := r.place(k, hash(&t.seed, k))
			if free.b == nil {
				return false
			}
			free.b.keys[free.i], free.b.entries[free.i] = uint64(k), uint64(e)
			return true
		})
		if !fits {
			return nil
		}
	}
	return r
}

package flow

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

const (
	// shardCount is the number of shards, a power of two: with it 8 workers that all insert find a lock taken less than
	// once in eight tries. Low: they wait for each other; high: indices held back (slackMin).
	shardCount = 64
	// chunk is how many indices move between a shard and the pool at once. Low: the pool's lock is taken more often;
	// high: indices held back.
	chunk = 16
)

// shard is what the writers of its buckets share. Everything is guarded by the lock; who holds it does bounded work.
type shard struct {
	lock      spin
	flows     uint32 // in this shard; loaded by anyone
	spare     uint32 // flows it may admit before it needs more quota
	removed   uint32 // indices on open
	free      uint32 // list of indices to give out
	open      uint32 // list of indices removed, on their way to the pool
	copied    uint64 // buckets of this shard that next has, too: writers write below it into both
	cur, next *view  // next is nil unless the table grows
	_         [128 - 48]byte
}

// shardOf is the shard of hash h; the same in every view.
func (t *Table[K]) shardOf(h uint64) *shard {
	return &t.shards[h/uint64(unsafe.Sizeof(bucket{}))%shardCount]
}

// grown is the view being built if it already has the bucket of hash h, else nil.
func (s *shard) grown(h uint64) *view {
	if s.next == nil || h&s.cur.mask/uint64(unsafe.Sizeof(bucket{}))/shardCount >= s.copied {
		return nil
	}
	return s.next
}

// retire gives up an index that readers may still hold.
func (s *shard) retire(p *pool, i uint32) {
	p.push(&s.open, i)
	if s.removed++; s.removed >= chunk {
		s.flush(p)
	}
}

// flush hands what has been removed to the pool.
func (s *shard) flush(p *pool) {
	p.retire(s.open, s.removed)
	s.open, s.removed = 0, 0
}

// spin is a lock for sections of some hundred nanoseconds.
type spin struct{ held uint32 }

// patience is how often a lock is looked at before its holder is taken to have lost its core: some 50 us. Low: a worker
// that gives way for a section of microseconds is parked with its thread, and is back 100 us later; high: it burns what the
// holder is waiting for.
const patience = 1 << 16

func (l *spin) lock() {
	for tries := 1; !atomic.CompareAndSwapUint32(&l.held, 0, 1); tries++ {
		for atomic.LoadUint32(&l.held) != 0 {
			if tries++; tries%patience == 0 {
				runtime.Gosched()
			}
		}
	}
}

func (l *spin) unlock() { release32(&l.held, 0) }

// Shards do not share cache lines.
var _ [128 - unsafe.Sizeof(shard{})]byte
var _ [unsafe.Sizeof(shard{}) - 128]byte

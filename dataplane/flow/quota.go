package flow

import "sync/atomic"

// quota deals MaxFlows out to the shards, so that an insert counts itself without an atomic operation: a shard has
// spare, the flows it may still admit. Where little is left the table is tight: shards get one at a time and give back
// at once, so that quota left is exact and says Full with one look.
type quota struct {
	left  atomic.Int64 // not dealt; any writer
	tight atomic.Bool  // set by the insert that finds nothing left, cleared by Maintain
	_     [48]byte
}

const (
	// deal is how many flows a shard may admit at once. Low: shards come for more often; high: the table is tight early.
	deal = 64
	// roomy is the quota left, in flows, above which a table is not tight: as much again as shards can hold back.
	roomy = 2 * 2 * deal * shardCount
)

// admit counts one flow more in s, under its lock, unless none may be.
func (q *quota) admit(s *shard) bool {
	if s.spare == 0 && !q.fetch(s) {
		return false
	}
	s.spare--
	return true
}

// fetch gets quota for s.
func (q *quota) fetch(s *shard) bool {
	for {
		n, left := int64(deal), q.left.Load()
		if left == 0 {
			return false
		}
		if left < roomy || q.tight.Load() {
			n = 1
		}
		if q.left.CompareAndSwap(left, left-n) {
			s.spare += uint32(n)
			return true
		}
	}
}

// readmit takes back what admit counted, under s's lock.
func (q *quota) readmit(s *shard) {
	s.spare++
	if q.tight.Load() || s.spare > 2*deal {
		q.left.Add(int64(s.spare))
		s.spare = 0
	}
}

// tighten takes back what the shards hold. It reports false where they hold nothing already: the table is full. An
// insert that comes while another one tightens may be told so a little early.
func (t *Table[K]) tighten() bool {
	if t.quota.tight.Swap(true) {
		return false
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.lock.lock()
		t.quota.left.Add(int64(s.spare))
		s.spare = 0
		s.lock.unlock()
	}
	return true
}

// loosen is for the control side: where there is room again, shards may hold quota.
func (q *quota) loosen() {
	if q.left.Load() >= roomy {
		q.tight.Store(false)
	}
}

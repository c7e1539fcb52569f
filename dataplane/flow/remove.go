package flow

import "sync/atomic"

// Remove takes flow i out of the table. It is true for exactly one caller; Len falls at once. Readers that have found
// the flow may go on using its line until they quiesce; then the index is used again. The caller must know that i is
// still the flow it means: a worker that found it since it quiesced does, others use RemoveLife.
func (t *Table[K]) Remove(i uint32) bool { return t.RemoveLife(i, t.Life(i)) }

// RemoveLife is Remove for a flow whose Life has been read: it does nothing if the index has changed hands since.
func (t *Table[K]) RemoveLife(i, life uint32) bool {
	if i >= t.limit || life&1 == 0 || !atomic.CompareAndSwapUint32(&t.cold(i).life, life, life+1) {
		return false
	}
	h := t.Hash(t.key(i)) // nobody writes the line before we retire it
	s := t.shardOf(h)
	s.lock.lock()
	t.unlink(s.cur, h, i)
	if v := s.grown(h); v != nil {
		t.unlink(v, h, i)
	}
	release32(&s.flows, s.flows-1)
	t.quota.readmit(s)
	s.retire(&t.slots, i)
	s.lock.unlock()
	return true
}

// unlink clears the lane of flow i, and takes its bucket out of the chain if that was an overflow bucket's last flow.
// A reader inside that bucket goes on by its link, which stays.
func (t *Table[K]) unlink(v *view, h uint64, i uint32) {
	pat := pattern(h)
	var before *bucket
	for b := v.bucket(h); b != nil; before, b = b, v.linked(b.index[link]) {
		s := b.find(i, pat)
		if s == link {
			continue
		}
		b.clear(s)
		if before != nil && b.empty() {
			o := before.index[link] &^ overflow
			release32(&before.index[link], b.index[link])
			t.over.retire(o, 1)
		}
		return
	}
	panic("flow: a flow that was alive is not in its bucket")
}

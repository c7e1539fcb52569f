package flow

import "unsafe"

// Maintain does the control side's share: it takes back what has waited for its epoch, takes pages ahead of need and advances growth by about
// budget buckets. It reports whether calling again at once would get further; what waits for an epoch does not count.
// Flows that come much faster than Maintain is called make chains long, nothing worse.
func (t *Table[K]) Maintain(budget int) (more bool) {
	t.control.Lock()
	defer t.control.Unlock()
	for i := range t.shards {
		s := &t.shards[i]
		s.lock.lock()
		if s.removed > 0 {
			s.flush(&t.slots)
		}
		s.lock.unlock()
	}
	t.slots.reclaim()
	t.over.reclaim()
	t.quota.loosen()
	t.prefault()
	return t.advance(budget)
}

// ahead is how many lines have their pages before they are needed, in flows: one huge page of IPv4 lines. Low: inserts
// in a burst wait for the kernel to clear a page, 100 us for a huge one; high: memory that may never be needed.
const ahead = 32 << 10

// prefault takes pages for the lines that inserts will use next, so that workers need not.
func (t *Table[K]) prefault() {
	used := t.slots.bump.Load()
	if used+ahead/2 <= t.populated || t.populated == t.limit {
		return
	}
	from, to := uintptr(t.populated), uintptr(min(used+ahead, t.limit))
	populate(t.lines, from<<lineShift[K](), to<<lineShift[K]())
	if t.colded() {
		populate(t.colds, from*coldStride[K](), to*coldStride[K]())
	}
	t.populated = uint32(to)
}

// colded reports whether the cold records are in an array of their own.
func (t *Table[K]) colded() bool { return unsafe.Sizeof(*new(K)) == key4Size }

// Stats describes a table at about one moment.
type Stats struct {
	Flows    int
	Buckets  int
	Overflow int    // overflow buckets in use
	Retired  int    // indices and overflow buckets that wait for an epoch
	Growths  uint64 // times the buckets have been grown
	Refused  uint64 // times the kernel refused memory to grow
	Stalls   uint64 // Insert calls that answered Stalled
	Bytes    uint64 // memory in use, as far as it has been touched, in whole buckets and lines
}

// Stats is for the control side.
func (t *Table[K]) Stats() Stats {
	t.control.Lock()
	defer t.control.Unlock()
	s := Stats{Flows: t.Len(), Growths: t.grow.count, Refused: t.grow.failed, Stalls: t.stalls.Load()}
	s.Retired, s.Overflow = t.slots.retired()+t.over.retired(), t.over.taken()
	for i := range t.shards {
		h := &t.shards[i]
		h.lock.lock()
		s.Retired += int(h.removed)
		h.lock.unlock()
	}
	for _, v := range []*view{t.view.Load(), t.grow.next, t.grow.old} {
		if v != nil {
			s.Bytes += v.buckets() * uint64(unsafe.Sizeof(bucket{}))
		}
	}
	s.Buckets = int(t.view.Load().buckets())
	s.Bytes += uint64(t.over.bump.Load()) * uint64(unsafe.Sizeof(bucket{}))
	each := uint64(1) << lineShift[K]()
	if t.colded() {
		each += uint64(coldStride[K]())
	}
	s.Bytes += uint64(t.Slots()) * each
	return s
}

package flow

import "unsafe"

// Maintain does the control side's share: it takes back what has waited for its epoch, takes pages ahead of need and advances
// growth by about budget buckets, some 100 ns each. It reports whether calling again at once would get further; what waits for an epoch does not count.
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
	paging := t.prefault()
	return t.advance(budget) || paging
}

// ahead is how many lines have their pages before they are needed, in flows: 1/8 of what the table may hold between
// these bounds. Low: inserts in a burst wait for the kernel to clear a page, 100 us for a huge one; high: memory that may
// never be needed. The most is 32 MiB of IPv4 lines, which two workers with a million new sessions a second each use up
// in a quarter of a second, while Maintain is called ten times a second.
const (
	aheadLeast = 32 << 10
	aheadMost  = 512 << 10
)

// chainsAhead is the same for overflow buckets, in buckets: 256 KiB. Few flows need one.
const chainsAhead = 4096

// pageLines is how many lines get their pages in one Maintain, in flows: a huge page of IPv4 lines.
const pageLines = 32 << 10

// prefault takes pages for the lines that inserts will use next, so that workers need not. It reports whether there is
// more to do.
func (t *Table[K]) prefault() (more bool) {
	if want := min(t.over.bump.Load()+chainsAhead, t.over.limit); want > t.chained+chainsAhead/2 || t.chained == 0 {
		size := unsafe.Sizeof(bucket{})
		populate(t.view.Load().over, uintptr(t.chained)*size, uintptr(want)*size)
		t.chained = want
	}
	ahead := min(max(t.max/8, aheadLeast), aheadMost)
	want := min(t.slots.bump.Load()+ahead, t.limit)
	if want < t.populated+ahead/8 && want < t.limit || t.populated >= want {
		return false
	}
	from, to := uintptr(t.populated), uintptr(min(t.populated+pageLines, want))
	populate(t.lines, from<<lineShift[K](), to<<lineShift[K]())
	if t.colded() {
		populate(t.colds, from*coldStride[K](), to*coldStride[K]())
	}
	if t.annexed() {
		populate(t.annex.base, from*unsafe.Sizeof(Annex{}), to*unsafe.Sizeof(Annex{}))
	}
	t.populated = uint32(to)
	return t.populated < want
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
	if t.annexed() { // at most: kinds of flows without one leave theirs untouched
		each += uint64(unsafe.Sizeof(Annex{}))
	}
	s.Bytes += uint64(t.Slots()) * each
	return s
}

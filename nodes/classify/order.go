package classify

const (
	// labelGap is the distance between the labels of rules that are appended, so that 24 rules can be put between two of them,
	// each before the one before, until labels move. Larger, and labels run out sooner.
	labelGap = 1 << 24
	// lastLabel is where all rules get new labels, after 2^38 appended ones.
	lastLabel = 1 << 62
	// crowded is how many times more labels a range may hold than one of half its size before the range twice as large is
	// relabelled instead: between 1 and 2, where 1 moves few labels often and 2 many rarely (Bender and others, 2002).
	crowded = 1.3
)

// link puts an entry into the order, behind all where before is nil, and gives it a label between its neighbours'.
func (b *book) link(e, before *entry) {
	if before == nil {
		if labelOf(b.last) >= lastLabel {
			b.relabel(b.first, b.byID.Count(), 0, uint64(b.byID.Count()+1)*labelGap)
		}
		e.prev, e.label = b.last, labelOf(b.last)+labelGap
		b.last = e
	} else {
		if before.label-labelOf(before.prev) < 2 {
			b.spread(before)
		}
		low := labelOf(before.prev)
		e.prev, e.next, e.label = before.prev, before, low+(before.label-low)/2
		before.prev = e
	}
	if e.prev == nil {
		b.first = e
	} else {
		e.prev.next = e
	}
}

func labelOf(e *entry) uint64 {
	if e == nil {
		return 0
	}
	return e.label
}

func (b *book) unlink(e *entry) {
	if e.prev == nil {
		b.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		b.last = e.prev
	} else {
		e.next.prev = e.prev
	}
}

// spread gives new labels to the entries around one, in the smallest range of labels around it that is not crowded.
func (b *book) spread(e *entry) {
	first, last, n := e, e, 1
	room, span := 1.0, uint64(1)
	for float64(n) > room || span < 4*uint64(n) {
		room, span = room*crowded, span*2
		from := e.label &^ (span - 1)
		for first.prev != nil && first.prev.label >= from {
			first, n = first.prev, n+1
		}
		for last.next != nil && last.next.label-from < span {
			last, n = last.next, n+1
		}
	}
	b.relabel(first, n, e.label&^(span-1), span)
}

// relabel spreads the labels of n entries evenly over a range. To the tables it is as if the rules had gone and come.
func (b *book) relabel(first *entry, n int, from, span uint64) {
	e := first
	for range n {
		b.forget(e)
		e = e.next
	}
	e = first
	for i := range uint64(n) {
		e.label = from + (i+1)*(span/uint64(n+1))
		b.compile(e)
		e = e.next
	}
}

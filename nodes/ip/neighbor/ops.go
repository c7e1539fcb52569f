package neighbor

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
)

// Set makes a neighbour what the operator says. Without static it may change when it is heard of, and does not age before.
func (t *Table) Set(now int64, k Key, mac [6]byte, static, noRoute bool) error {
	e := t.entries[k]
	if e == nil {
		if n := t.config.Max[family(k.Addr)]; t.count[family(k.Addr)] >= n {
			return fmt.Errorf("neighbor: there are %d of IPv%d, which is the most: %w", n, 4+2*family(k.Addr), ErrFull)
		}
		e = t.make(k, 0)
	}
	delete(t.stale, k)
	t.wanted(e, -1)
	e.MAC, e.State, e.Static, e.NoRoute, e.Since, e.used = mac, Reachable, static, noRoute, now, nil
	t.timer(e, 0)
	t.sink.Resolved(&e.Entry)
	return nil
}

// Delete forgets a neighbour.
func (t *Table) Delete(k Key) error {
	e := t.entries[k]
	if e == nil {
		return fmt.Errorf("neighbor: no %v on sw_if_index %d: %w", k.Addr, k.SwIf, ErrUnknown)
	}
	t.forget(e)
	return nil
}

// Flush forgets the neighbours for which gone is true.
func (t *Table) Flush(gone func(*Entry) bool) (n int) {
	for _, e := range t.sorted() {
		if gone(&e.Entry) {
			t.forget(e)
			n++
		}
	}
	return n
}

// Forget ends all that concerns an interface.
func (t *Table) Forget(swIf uint32) {
	t.Flush(func(e *Entry) bool { return e.SwIf == swIf })
	delete(t.links, swIf)
}

// BeginReplace marks all neighbours that are known. Those that are not set again, nor heard of, until EndReplace are forgotten then.
func (t *Table) BeginReplace() {
	t.stale = map[Key]bool{}
	for k, e := range t.entries {
		if e.State == Incomplete || e.State == Failed {
			continue
		}
		t.stale[k] = true
		if e.used == nil { // so that what is heard of it is not taken for old news
			e.used = new(atomic.Bool)
			t.sink.Doubted(k, e.used)
		}
	}
}

// EndReplace ends what BeginReplace has begun.
func (t *Table) EndReplace() {
	stale := t.stale
	t.stale = nil
	t.Flush(func(e *Entry) bool { return stale[e.Key] })
}

func (t *Table) forget(e *entry) {
	delete(t.stale, e.Key)
	t.wanted(e, -1)
	t.timer(e, 0)
	delete(t.entries, e.Key)
	t.count[family(e.Addr)]--
	if e.State != Incomplete && e.State != Failed {
		t.sink.Gone(&e.Entry)
	}
}

// Entries lists the neighbours, by interface and address.
func (t *Table) Entries() (list []Entry) {
	for _, e := range t.sorted() {
		list = append(list, e.Entry)
	}
	return list
}

func (t *Table) sorted() (list []*entry) {
	for _, e := range t.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Or(cmp.Compare(a.SwIf, b.SwIf), a.Addr.Compare(b.Addr)) })
	return list
}

// Get is a neighbour.
func (t *Table) Get(k Key) (Entry, bool) {
	if e := t.entries[k]; e != nil {
		return e.Entry, true
	}
	return Entry{}, false
}

// Len is how many neighbours of a family there are.
func (t *Table) Len(v6 bool) int {
	if v6 {
		return t.count[1]
	}
	return t.count[0]
}

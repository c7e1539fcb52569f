package fib

import "net/netip"

// BeginReplace marks the operator's routes in a table: those that are not added again until EndReplace are deleted then.
func (f *FIB) BeginReplace(v6 bool, id uint32) error {
	t, err := f.table(v6, id)
	if err != nil {
		return err
	}
	t.stale = map[netip.Prefix]bool{}
	for _, p := range f.operators(t) {
		t.stale[p] = true
	}
	return nil
}

// EndReplace ends what BeginReplace has begun. Without that it does nothing.
func (f *FIB) EndReplace(v6 bool, id uint32) error {
	t, err := f.table(v6, id)
	if err != nil {
		return err
	}
	stale := t.stale
	t.stale = nil
	t.prepare(len(stale))
	for p := range stale {
		if err := f.set(t, p, SourceOperator, nil); err != nil {
			return err
		}
	}
	f.publish()
	return nil
}

// operators is the prefixes of a table that the operator has given routes for.
func (f *FIB) operators(t *table) (list []netip.Prefix) {
	for p, n := range t.trie.All() {
		for _, s := range f.routes[n].list {
			if s.source == SourceOperator {
				list = append(list, p)
			}
		}
	}
	return list
}

package fib

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"

	"github.com/gaissmai/bart"
)

// Bounds of a FIB, all tables together.
const (
	MaxHops     = 1 << 17 // neighbours, mostly
	MaxForwards = 1 << 18 // different sets of paths
	MaxTables   = 1 << 12 // of a family
	MaxRoutes   = 1 << 22
)

// trie is a table as it is published: prefixes to forwards.
type trie = bart.Fast[uint32]

// table is one VRF of one family.
type table struct {
	id    uint32
	name  string
	v6    bool
	index uint32                // in the snapshot
	trie  *trie                 // immutable once published, and not before own ends
	own   bool                  // nobody has seen trie yet
	plies plies                 // of IPv4: the same for workers
	users int                   // interfaces
	twice bool                  // there was a neighbour of two links at once: one borrows the other's addresses
	stale map[netip.Prefix]bool // the operator's, not added again since BeginReplace
}

var linkLocal = netip.MustParsePrefix("fe80::/10")

// defaults are the routes that every table has.
var defaults = [2][]struct {
	prefix netip.Prefix
	kind   PathKind
}{
	{
		{netip.MustParsePrefix("0.0.0.0/0"), ToDrop}, {netip.MustParsePrefix("0.0.0.0/32"), ToDrop},
		{netip.MustParsePrefix("224.0.0.0/4"), ToDrop}, {netip.MustParsePrefix("240.0.0.0/4"), ToDrop},
		{netip.MustParsePrefix("255.255.255.255/32"), ToDrop},
	},
	{
		{netip.MustParsePrefix("::/0"), ToDrop}, {netip.MustParsePrefix("ff00::/8"), ToDrop},
		{netip.MustParsePrefix("ff02::/16"), ToLocal}, // groups on the link: neighbour discovery is theirs
	},
}

func family(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}

// AddTable makes a table, if there is none of that id. Table 0 is always there.
func (f *FIB) AddTable(v6 bool, id uint32, name string) error {
	if t := f.tables[family(v6)][id]; t != nil {
		if name != "" {
			t.name = name
		}
		return nil
	}
	t, err := f.newTable(v6, id, name)
	if err != nil {
		return err
	}
	f.tables[family(v6)][id] = t
	f.refreshLookups(v6, id)
	f.publish()
	return nil
}

// refreshLookups publishes the hops that lead to a table, which has come or gone.
func (f *FIB) refreshLookups(v6 bool, id uint32) {
	for k, t := range f.targets {
		if k.kind == KindLookup && k.table == id && k.via.Is6() == v6 {
			f.refresh(t)
		}
	}
}

// newTable makes a table with its default routes.
func (f *FIB) newTable(v6 bool, id uint32, name string) (*table, error) {
	list, gone := &f.order[family(v6)], &f.goneTables[family(v6)]
	t := &table{id: id, name: name, v6: v6, trie: new(trie), own: true}
	switch {
	case len(*gone) > 0 && f.epochs.Passed((*gone)[0].epoch):
		t.index, *gone = (*gone)[0].id, (*gone)[1:]
		(*list)[t.index] = t
	case len(*list) < MaxTables:
		t.index = uint32(len(*list))
		*list = append(*list, t)
	default:
		return nil, fmt.Errorf("fib: %d tables are the most, with those of links: %w", MaxTables, ErrFull)
	}
	for _, d := range defaults[family(v6)] {
		if err := f.set(t, d.prefix, SourceDefault, []Path{{Kind: d.kind}}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// DeleteTable takes a table away with the operator's routes in it.
func (f *FIB) DeleteTable(v6 bool, id uint32) error {
	t, err := f.table(v6, id)
	switch {
	case err != nil:
		return err
	case id == 0:
		return fmt.Errorf("fib: table 0 is always there: %w", ErrInUse)
	case t.users > 0:
		return fmt.Errorf("fib: table %d has %d interfaces; give them another one first: %w", id, t.users, ErrInUse)
	}
	delete(f.tables[family(v6)], id)
	maps.DeleteFunc(f.pathMTUs, func(k pathKey, _ uint16) bool { return k.table == id && k.addr.Is6() == v6 })
	f.refreshLookups(v6, id)
	f.clear(t)
	f.publish()
	return nil
}

// FlushTable takes the operator's routes out of a table.
func (f *FIB) FlushTable(v6 bool, id uint32) error {
	t, err := f.table(v6, id)
	if err != nil {
		return err
	}
	gone := f.operators(t)
	t.prepare(len(gone))
	for _, p := range gone {
		if err := f.set(t, p, SourceOperator, nil); err != nil {
			return err
		}
	}
	f.publish()
	return nil
}

// clear takes all routes out of a table that is never used again.
func (f *FIB) clear(t *table) {
	for _, n := range t.trie.All() {
		f.release(f.routes[n])
		f.count--
	}
	t.trie, t.own, t.plies = new(trie), true, plies{}
	f.order[family(t.v6)][t.index] = nil
	f.cleared = append(f.cleared, t)
}

// table finds a table.
func (f *FIB) table(v6 bool, id uint32) (*table, error) {
	if t := f.tables[family(v6)][id]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("fib: no IPv%d table %d: %w", 4+2*family(v6), id, ErrNoTable)
}

// put and remove change a table's trie: in place while nobody has seen it, else a copy of what changes.
func (t *table) put(p netip.Prefix, forward uint32) {
	if t.own {
		t.trie.Insert(p, forward)
	} else {
		t.trie = t.trie.InsertPersist(p, forward)
	}
	if !t.v6 {
		t.plies.put(bits4(p.Addr()), p.Bits(), forward)
	}
}

func (t *table) remove(p netip.Prefix) {
	if t.own {
		t.trie.Delete(p)
	} else {
		t.trie = t.trie.DeletePersist(p)
	}
	if !t.v6 {
		cover, forward, _ := t.trie.LookupPrefixLPM(p) // without one 0 and 0, which drops
		t.plies.remove(bits4(p.Addr()), p.Bits(), forward, max(0, cover.Bits()))
	}
}

// bits4 is an IPv4 address as a number.
func bits4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// prepare copies the table for a batch of n changes, if that is cheaper than to copy at each change what that touches: some 100 ns a
// route against some 2 us a change.
func (t *table) prepare(n int) {
	if !t.own && n > 16+t.trie.Size()/32 {
		t.trie, t.own = t.trie.Clone(), true
	}
}

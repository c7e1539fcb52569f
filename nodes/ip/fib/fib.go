package fib

import (
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
)

// FIB is all tables. Its methods are for one caller at a time, but for those of Snapshot.
type FIB struct {
	epochs   Epochs
	hops     *slots[Hop]
	forwards *slots[Forward]
	snapshot atomic.Pointer[Snapshot] // published

	tables    [2]map[uint32]*table // by family and id: those of the operator
	order     [2][]*table          // by family, as in the snapshot: the links' too; nil where one was deleted
	routes    map[uint32]*route    // by forward
	byKey     map[string]*route
	recursive map[*route]bool // those with a path through wherever another route leads
	targets   map[targetKey]*target
	ifs       map[uint32]*iface
	links     map[uint32]Link
	pathMTUs  map[pathKey]uint16
	count     int // routes in all tables

	// Foresee, if not nil, is told of neighbours that packets may go to from now on, and that nobody knows.
	Foresee func(swIf uint32, addr netip.Addr)
	// NewHop, if not nil, is told of numbers of hops to neighbours that have been given out.
	NewHop func(hop uint32)

	freeForwards, freeHops []uint32 // to be given back when a snapshot without them is published
	cleared                []*table // likewise
	goneTables             [2][]left
}

// New makes a FIB with table 0 of both families.
func New(epochs Epochs) (*FIB, error) {
	f := &FIB{
		epochs: epochs, hops: newSlots[Hop](MaxHops, epochs), forwards: newSlots[Forward](MaxForwards, epochs),
		tables: [2]map[uint32]*table{{}, {}}, routes: map[uint32]*route{}, byKey: map[string]*route{}, recursive: map[*route]bool{},
		targets: map[targetKey]*target{}, ifs: map[uint32]*iface{}, links: map[uint32]Link{}, pathMTUs: map[pathKey]uint16{},
	}
	f.snapshot.Store(&Snapshot{f: f})
	for _, v6 := range []bool{false, true} {
		if err := f.AddTable(v6, 0, ""); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Snapshot is the tables as workers are to see them. Any goroutine may ask.
func (f *FIB) Snapshot() *Snapshot { return f.snapshot.Load() }

// publish makes workers see what has changed. What no route leads to any more is free when they have let go of the snapshot before.
func (f *FIB) publish() {
	f.resolveAll()
	s := &Snapshot{f: f, Gen: f.snapshot.Load().Gen + 1}
	for i := range f.order {
		s.tables[i] = make([]*trie, len(f.order[i]))
		for n, t := range f.order[i] {
			if t != nil {
				s.tables[i][n], t.own = t.trie, false
			}
		}
	}
	s.trees = make([]Tree, len(f.order[0]))
	for n, t := range f.order[0] {
		if t != nil {
			s.trees[n] = t.plies.publish()
		}
	}
	s.bound, s.links = f.bindings()
	f.snapshot.Store(s)
	for _, id := range f.freeForwards {
		f.forwards.give(id)
	}
	for _, id := range f.freeHops {
		f.hops.give(id)
	}
	for _, t := range f.cleared {
		v := family(t.v6)
		f.goneTables[v] = append(f.goneTables[v], left{t.index, f.epochs.Advance()})
	}
	f.cleared = f.cleared[:0]
	f.freeForwards, f.freeHops = f.freeForwards[:0], f.freeHops[:0]
}

// Change is a route to add to or to delete.
type Change struct {
	Prefix  netip.Prefix
	Paths   []Path // of a deletion: none means all
	Delete  bool
	Replace bool // an addition's paths replace those there are
}

// Apply changes the operator's routes in a table. Workers see all changes or none; at the first that cannot be made it stops, and
// those before it, done of them, have been.
func (f *FIB) Apply(v6 bool, id uint32, changes ...Change) (done int, err error) {
	t, err := f.table(v6, id)
	if err != nil {
		return 0, err
	}
	if len(changes) > 1 {
		t.prepare(len(changes))
	}
	for done < len(changes) {
		if err = f.apply(t, &changes[done]); err != nil {
			break
		}
		done++
	}
	f.publish()
	return done, err
}

func (f *FIB) apply(t *table, c *Change) error {
	p := c.Prefix.Masked()
	if !p.IsValid() || p.Addr().Is4() == t.v6 || p.Addr().Is4In6() {
		return fmt.Errorf("fib: prefix %v: want one of IPv%d: %w", c.Prefix, 4+2*family(t.v6), ErrPath)
	}
	if t.v6 && linkLocal.Overlaps(p) && p.Bits() > 0 {
		return fmt.Errorf("fib: prefix %v is every link's own: %w", p, ErrPath)
	}
	delete(t.stale, p)
	have, paths := f.pathsOf(t, p, SourceOperator), canonical(c.Paths, t.v6)
	if !c.Delete {
		if err := f.checkPaths(t, paths); err != nil {
			return err
		}
		if c.Replace {
			have = nil
		}
		if have = merge(have, paths); len(have) > MaxPaths {
			return fmt.Errorf("fib: %v would have %d paths, and %d are the most: %w", p, len(have), MaxPaths, ErrFull)
		}
		return f.set(t, p, SourceOperator, have)
	}
	if have == nil {
		return fmt.Errorf("fib: table %d has no route to %v of the operator's: %w", t.id, p, ErrNoRoute)
	}
	if len(paths) == 0 {
		return f.set(t, p, SourceOperator, nil)
	}
	rest, n := without(have, paths)
	if n == 0 {
		return fmt.Errorf("fib: %v has no such path in table %d: %w", p, t.id, ErrNoRoute)
	}
	return f.set(t, p, SourceOperator, rest)
}

func (f *FIB) checkPaths(t *table, paths []Path) error {
	if len(paths) == 0 {
		return fmt.Errorf("fib: route without a path: %w", ErrPath)
	}
	for i := range paths {
		p := &paths[i]
		if err := p.check(t.v6); err != nil {
			return err
		}
		if p.Kind == ToTable || p.Kind == ToSourceTable || p.Kind == ToNeighbor && p.SwIf == 0 {
			if _, err := f.table(t.v6, p.Table); err != nil {
				return err
			}
		}
	}
	return nil
}

// pathsOf is what a source has given for a prefix, nil for nothing.
func (f *FIB) pathsOf(t *table, p netip.Prefix, s Source) []Path {
	if n, ok := t.trie.Get(p); ok {
		for _, have := range f.routes[n].list {
			if have.source == s {
				return have.paths
			}
		}
	}
	return nil
}

// set makes paths those of a source for a prefix; none take the source away.
func (f *FIB) set(t *table, p netip.Prefix, s Source, paths []Path) error {
	var list []sourced
	n, had := t.trie.Get(p)
	if had {
		list = slices.DeleteFunc(slices.Clone(f.routes[n].list), func(x sourced) bool { return x.source == s })
	}
	if len(paths) > 0 {
		at, _ := slices.BinarySearchFunc(list, s, func(x sourced, s Source) int { return int(x.source) - int(s) })
		list = slices.Insert(list, at, sourced{s, paths})
	}
	if len(list) == 0 {
		if had {
			t.remove(p)
			f.release(f.routes[n])
			f.count--
		}
		return nil
	}
	if !had && f.count >= MaxRoutes {
		return fmt.Errorf("fib: %v would be one route more than %d, the most in all tables together; delete some: %w", p, MaxRoutes, ErrFull)
	}
	r, err := f.intern(list)
	if err != nil {
		return err
	}
	t.put(p, r.forward)
	if had {
		f.release(f.routes[n])
	} else {
		f.count++
	}
	return nil
}

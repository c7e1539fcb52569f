package fib

import (
	"iter"
	"net/netip"
	"sync/atomic"
)

// Snapshot is the tables as they were when it was published. Its methods are safe for concurrent use; a worker must not keep it, or
// a number that it gave, past its pass.
type Snapshot struct {
	Gen    uint32 // differs from the one before
	f      *FIB
	tables [2][]*trie // by family, then by a table's place
	trees  []Tree     // of IPv4, likewise
	bound  [2][]int32 // by family and sw_if_index: the table's place; -1: that interface does not forward the family
	links  []int32    // by sw_if_index: the place of the table of link-local addresses; -1: none
}

// Table4 is where packets from an interface are looked up; -1: IPv4 is off there.
func (s *Snapshot) Table4(swIf uint32) int32 {
	if b := s.bound[0]; uint(swIf) < uint(len(b)) {
		return b[swIf]
	}
	return -1
}

// Table6 is Table4 of IPv6.
func (s *Snapshot) Table6(swIf uint32) int32 {
	if b := s.bound[1]; uint(swIf) < uint(len(b)) {
		return b[swIf]
	}
	return -1
}

// LinkTable is where packets to link-local addresses are looked up, on the link of an interface.
func (s *Snapshot) LinkTable(swIf uint32) int32 {
	if uint(swIf) < uint(len(s.links)) {
		return s.links[swIf]
	}
	return -1
}

// Lookup4 finds the forward for an address, in host byte order, in a table by its place. It is 0, which drops, without one.
func (s *Snapshot) Lookup4(table uint32, dst uint32) uint32 {
	t, ok := s.Tree4(int32(table))
	if !ok {
		return 0
	}
	return t.Lookup(dst)
}

// Tree4 is a table by its place, for who looks up more than one address.
func (s *Snapshot) Tree4(table int32) (t Tree, ok bool) {
	if uint(table) < uint(len(s.trees)) {
		t = s.trees[table]
	}
	return t, t.top != nil
}

// Lookup6 is Lookup4 of IPv6.
func (s *Snapshot) Lookup6(table uint32, dst *[16]byte) uint32 {
	if int(table) >= len(s.tables[1]) || s.tables[1][table] == nil {
		return 0
	}
	n, _ := s.tables[1][table].Lookup(netip.AddrFrom16(*dst))
	return n
}

// Neighbor is the hop of a host on the link of an interface, if it is known and has a route of its own.
func (s *Snapshot) Neighbor(swIf uint32, a netip.Addr) (hop uint32, ok bool) {
	t := s.LinkTable(swIf)
	switch {
	case a.Is4():
		t = s.Table4(swIf)
	case !linkLocal.Contains(a):
		t = s.Table6(swIf)
	}
	list := s.tables[family(a.Is6())]
	if t < 0 || int(t) >= len(list) || list[t] == nil {
		return 0, false
	}
	if n, found := list[t].Lookup(a); found {
		hop = s.Forward(n).Hops[0]
	}
	h := s.Hop(hop)
	return hop, h.Kind == KindRewrite && h.TxIf == swIf && h.Via == a
}

// Forward is what a number of Lookup4 or Lookup6 stands for.
func (s *Snapshot) Forward(n uint32) *Forward { return s.f.forwards.at[n].Load() }

// Forwards is the way to forwards that costs the least: take it once per vector.
type Forwards struct {
	at *[MaxForwards]atomic.Pointer[Forward]
}

// Forwards is what numbers of Lookup4 and Lookup6 stand for.
func (s *Snapshot) Forwards() Forwards {
	return Forwards{(*[MaxForwards]atomic.Pointer[Forward])(s.f.forwards.at)}
}

// At is a forward by its number.
func (f Forwards) At(n uint32) *Forward { return f.at[n&(MaxForwards-1)].Load() }

// Hop is what a number of a Forward stands for.
func (s *Snapshot) Hop(n uint32) *Hop { return s.Hops().At(n) }

// Hops is the way to hops that costs the least: take it once per vector.
type Hops struct{ at *[MaxHops]atomic.Pointer[Hop] }

// Hops is the hops that numbers of the snapshot's forwards stand for.
func (s *Snapshot) Hops() Hops { return Hops{(*[MaxHops]atomic.Pointer[Hop])(s.f.hops.at)} }

// At is a hop by its number.
func (h Hops) At(n uint32) *Hop { return h.at[n&(MaxHops-1)].Load() }

// Route is a route as it is shown.
type Route struct {
	Prefix netip.Prefix
	Source Source // of the paths that count
	Paths  []Path // in order of preference
	Hops   []uint32

	Forward uint32 // its number
}

// Given is what a source has given for the route's prefix.
func (f *Forward) Given(s Source) []Path {
	for _, x := range f.list {
		if x.source == s {
			return x.paths
		}
	}
	return nil
}

// TableInfo is a table as it is shown.
type TableInfo struct {
	ID     uint32
	Name   string
	Place  uint32
	Routes int
}

// Tables lists the tables of a family by id. It is for the FIB's caller.
func (f *FIB) Tables(v6 bool) (list []TableInfo) {
	for _, t := range f.order[family(v6)] {
		if t != nil && f.tables[family(v6)][t.id] == t {
			list = append(list, TableInfo{t.id, t.name, t.index, t.trie.Size()})
		}
	}
	return list
}

// Routes lists the routes of the table at a place, in order of their prefixes.
func (s *Snapshot) Routes(v6 bool, place uint32) iter.Seq[Route] {
	return func(yield func(Route) bool) {
		list := s.tables[family(v6)]
		if int(place) >= len(list) || list[place] == nil {
			return
		}
		for p, n := range list[place].AllSorted() {
			if !yield(s.route(p, n)) {
				return
			}
		}
	}
}

// Get is the route to a prefix, or with longest to the longest prefix that covers it.
func (s *Snapshot) Get(v6 bool, place uint32, p netip.Prefix, longest bool) (Route, bool) {
	list := s.tables[family(v6)]
	if int(place) >= len(list) || list[place] == nil {
		return Route{}, false
	}
	if !longest {
		n, ok := list[place].Get(p)
		return s.route(p.Masked(), n), ok
	}
	q, n, ok := list[place].LookupPrefixLPM(p)
	return s.route(q, n), ok
}

func (s *Snapshot) route(p netip.Prefix, n uint32) Route {
	f := s.Forward(n)
	return Route{p, f.list[0].source, f.list[0].paths, f.Hops, n}
}

// Sizes is how much a FIB holds.
type Sizes struct{ Routes, Forwards, Hops int }

// Sizes counts. It is for the FIB's caller.
func (f *FIB) Sizes() Sizes { return Sizes{f.count, f.forwards.inUse, f.hops.inUse} }

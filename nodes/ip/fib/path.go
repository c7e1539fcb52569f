package fib

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// What operations refuse, for callers that test for it.
var (
	ErrFull    = errors.New("no room")
	ErrNoTable = errors.New("see `show ip table`; tables are made by `ip table add`")
	ErrNoRoute = errors.New("see `show ip fib`")
	ErrPath    = errors.New("see `help ip route`")
	ErrInUse   = errors.New("it is in use")
)

// PathKind is what a path leads to.
type PathKind uint8

// The kinds of paths.
const (
	ToNeighbor PathKind = iota // Via on the link of SwIf; without SwIf to wherever a packet to Via goes
	ToLink                     // the link of SwIf, where the destination itself is
	ToTable                    // a lookup in another table
	ToLocal                    // this host
	ToDrop
	ToUnreachable
	ToProhibit
	ToSourceTable // a lookup of the source address in another table
	ToReceive     // a lookup as if the packet had come from SwIf
)

// Path is one way that a route goes. Equal paths are the same.
type Path struct {
	Kind       PathKind
	SwIf       uint32     // 0: none. ToLocal: whose address it is
	Via        netip.Addr // ToNeighbor
	Table      uint32     // ToTable, ToSourceTable, and ToNeighbor without SwIf: the id of the table to look into
	Weight     uint8      // share among paths of one preference; 0 stands for 1
	Preference uint8      // only paths of the lowest that can be used are
}

// Source is who has given a route. A lower one comes first.
type Source uint8

// The sources.
const (
	SourceInterface Source = iota // addresses of interfaces
	SourceOperator                // CLI and API
	SourceNeighbor                // neighbours on a link
	SourceDefault                 // what every table has
)

var sourceNames = []string{"interface", "API", "adjacency", "default-route"}

// String is VPP's word for the source.
func (s Source) String() string { return sourceNames[s] }

// sourced is the paths of a route by one source.
type sourced struct {
	source Source
	paths  []Path
}

// MaxPaths bounds the paths of a route.
const MaxPaths = MaxBuckets

// check says what is wrong with a path of a family.
func (p *Path) check(v6 bool) error {
	switch {
	case p.Kind == ToNeighbor && (!p.Via.IsValid() || p.Via.Zone() != "" || p.Via.Is4In6()):
		return fmt.Errorf("fib: path without a next hop: %w", ErrPath)
	case p.Kind == ToNeighbor && p.Via.Is4() == v6:
		return fmt.Errorf("fib: next hop %v is of another family than the route: %w", p.Via, ErrPath)
	case p.Kind == ToNeighbor && (p.Via.IsMulticast() || p.Via.IsUnspecified() || p.Via == broadcast4):
		return fmt.Errorf("fib: next hop %v: want a host's address: %w", p.Via, ErrPath)
	case p.Kind == ToNeighbor && p.SwIf == 0 && linkLocal.Contains(p.Via):
		return fmt.Errorf("fib: next hop %v is on a link: say the interface: %w", p.Via, ErrPath)
	case (p.Kind == ToLink || p.Kind == ToReceive) && p.SwIf == 0:
		return fmt.Errorf("fib: path without an interface: %w", ErrPath)
	case p.Kind > ToReceive:
		return fmt.Errorf("fib: path of kind %d: %w", p.Kind, ErrPath)
	}
	return nil
}

// canonical is paths without what does not matter to their kinds.
func canonical(paths []Path, v6 bool) []Path {
	out := slices.Clone(paths)
	for i := range out {
		p := &out[i]
		if p.Kind != ToNeighbor {
			p.Via = netip.Addr{}
		}
		if p.looksUp() {
			p.Via = netip.IPv4Unspecified()
			if v6 {
				p.Via = netip.IPv6Unspecified()
			}
		}
		if p.Kind != ToTable && p.Kind != ToSourceTable && (p.Kind != ToNeighbor || p.SwIf != 0) {
			p.Table = 0
		}
		if p.Kind != ToNeighbor && p.Kind != ToLink && p.Kind != ToReceive {
			p.SwIf = 0
		}
		p.Weight = max(1, p.Weight)
	}
	return out
}

// looksUp says whether a path leads to a lookup. Its Via, where it is canonical, names the family.
func (p *Path) looksUp() bool {
	return p.Kind == ToTable || p.Kind == ToSourceTable || p.Kind == ToReceive
}

// weight is the path's share.
func (p *Path) weight() int { return max(1, int(p.Weight)) }

// same says whether two paths lead to the same, whatever their weights.
func (p Path) same(q Path) bool {
	p.Weight, q.Weight, p.Preference, q.Preference = 0, 0, 0, 0
	return p == q
}

func comparePaths(a, b Path) int {
	return cmp.Or(cmp.Compare(a.Preference, b.Preference), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SwIf, b.SwIf),
		a.Via.Compare(b.Via), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Weight, b.Weight))
}

// merge is paths with more: one that leads to the same as a new one gets that one's weight and preference.
func merge(paths, more []Path) []Path {
	out := slices.Clone(paths)
	for _, p := range more {
		if at := slices.IndexFunc(out, p.same); at >= 0 {
			out[at] = p
		} else {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, comparePaths)
	return out
}

// without is paths without those that lead to the same as some of gone. n is how many that were.
func without(paths, gone []Path) (out []Path, n int) {
	for _, p := range paths {
		if slices.ContainsFunc(gone, p.same) {
			n++
		} else {
			out = append(out, p)
		}
	}
	return out, n
}

// keyOf is equal for routes that go the same ways for the same reasons.
func keyOf(list []sourced) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteByte('A' + byte(s.source))
		for _, p := range s.paths {
			b.Write([]byte{byte(p.Kind), p.Weight, p.Preference, byte(p.SwIf), byte(p.SwIf >> 8), byte(p.SwIf >> 16), byte(p.SwIf >> 24),
				byte(p.Table), byte(p.Table >> 8), byte(p.Table >> 16), byte(p.Table >> 24)})
			if p.Via.IsValid() {
				a := p.Via.As16()
				b.WriteByte(byte(p.Via.BitLen()))
				b.Write(a[:])
			} else {
				b.WriteByte(0)
			}
		}
		b.WriteByte(255)
	}
	return b.String()
}

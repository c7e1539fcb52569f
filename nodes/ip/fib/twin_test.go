package fib

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// twin is the tables as a list that is searched from end to end.
type twin struct {
	given     map[twinRoute][]Path
	up        map[uint32]bool
	neighbors map[twinHost]byte // of a MAC address
	networks  map[uint32][]netip.Prefix
}

type twinRoute struct {
	table  uint32
	prefix netip.Prefix
}

type twinHost struct {
	swIf uint32
	addr netip.Addr
}

// The twin's own words for what every table has, and for whose paths count.
var (
	twinDefaults = [2]map[string]PathKind{
		{"0.0.0.0/0": ToDrop, "0.0.0.0/32": ToDrop, "224.0.0.0/4": ToDrop, "240.0.0.0/4": ToDrop, "255.255.255.255/32": ToDrop},
		{"::/0": ToDrop, "ff00::/8": ToDrop, "ff02::/16": ToLocal},
	}
	twinRank = map[Source]int{SourceInterface: 1, SourceOperator: 2, SourceNeighbor: 3, SourceDefault: 4}
)

// best is the paths that count for an address: of the longest prefix, and there of the first source.
func (w *twin) best(table uint32, a netip.Addr) []Path {
	var paths []Path
	bits, rank := -1, 5
	consider := func(p netip.Prefix, s Source, list ...Path) {
		if p.Contains(a) && (p.Bits() > bits || p.Bits() == bits && twinRank[s] < rank) {
			bits, rank, paths = p.Bits(), twinRank[s], list
		}
	}
	for text, kind := range twinDefaults[family(a.Is6())] {
		consider(netip.MustParsePrefix(text), SourceDefault, Path{Kind: kind})
	}
	for at, list := range w.given {
		if at.table == table {
			consider(at.prefix, SourceOperator, list...)
		}
	}
	host := func(x netip.Addr) netip.Prefix { return netip.PrefixFrom(x, a.BitLen()) }
	for swIf, list := range w.networks {
		for _, p := range list {
			if table != 0 {
				continue
			}
			consider(host(p.Addr()), SourceInterface, Path{Kind: ToLocal})
			switch ends := a.Is4() && p.Bits() < 31; {
			case ends:
				consider(host(p.Masked().Addr()), SourceInterface, Path{Kind: ToDrop})
				consider(host(last4(p.Masked())), SourceInterface, Path{Kind: ToDrop})
			case a.Is4() && p.Bits() == 31 && a != p.Addr() && p.Contains(a):
				consider(host(a), SourceInterface, Path{SwIf: swIf, Via: a})
			}
			if p.Bits() < a.BitLen() {
				consider(p.Masked(), SourceInterface, Path{Kind: ToLink, SwIf: swIf})
			}
			for h := range w.neighbors {
				if h.swIf == swIf && p.Contains(h.addr) && h.addr != p.Addr() {
					consider(host(h.addr), SourceNeighbor, Path{SwIf: swIf, Via: h.addr})
				}
			}
		}
	}
	return paths
}

// shares is where a route's packets go: words of hops, and their shares.
func (w *twin) shares(paths []Path) map[string]int {
	for pref := range 256 {
		out := map[string]int{}
		for _, p := range paths {
			if int(p.Preference) != pref || p.SwIf != 0 && !w.up[p.SwIf] {
				continue
			}
			switch {
			case p.Kind == ToLink:
				out[fmt.Sprintf("glean %d", p.SwIf)] += p.weight()
			case p.Kind == ToTable:
				out["lookup 1"] += p.weight()
			case p.Kind != ToNeighbor:
				out[[]string{ToDrop: "drop", ToLocal: "local", ToUnreachable: "unreachable", ToProhibit: "prohibit"}[p.Kind]] += p.weight()
			case p.SwIf != 0:
				out[w.host(p.SwIf, p.Via)] += p.weight()
			default:
				w.recurse(out, &p)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return map[string]int{"drop": 1}
}

func (w *twin) host(swIf uint32, a netip.Addr) string {
	if mac, ok := w.neighbors[twinHost{swIf, a}]; ok {
		return fmt.Sprintf("%d/%v %02x", swIf, a, mac)
	}
	return fmt.Sprintf("resolve %d/%v", swIf, a)
}

// recurse is for routes whose next hops no recursive route covers.
func (w *twin) recurse(out map[string]int, p *Path) {
	paths := w.best(p.Table, p.Via)
	for text, n := range w.shares(paths) {
		var swIf uint32
		if _, err := fmt.Sscanf(text, "glean %d", &swIf); err == nil {
			text = w.host(swIf, p.Via)
		} else if !slices.ContainsFunc(paths, func(q Path) bool { return q.Kind == ToNeighbor }) || text == "drop" || text == "local" || text == "lookup 1" || text == "unreachable" || text == "prohibit" {
			continue
		}
		out[text] += n * p.weight()
	}
}

// random is one random change of both.
func (w *twin) random(r *rig, g *rand.Rand, v6 bool) {
	switch g.IntN(10) {
	case 0:
		swIf := uint32(g.IntN(4) + 1)
		up := g.IntN(3) > 0
		w.up[swIf] = up
		r.ok(r.SetLink(swIf, Link{Up: up, MTU: [2]int{1500, 1500}}))
	case 1:
		swIf := uint32(g.IntN(4) + 1)
		a := address(g, v6, byte(swIf))
		p := netip.PrefixFrom(a, []int{16, 18, 20, 24, 24, 28, 29, 30, 31, 32}[g.IntN(10)])
		if v6 {
			p = netip.PrefixFrom(a, []int{32, 48, 64, 64, 64, 120, 125, 126, 127, 128}[g.IntN(10)])
		}
		w.networks[swIf] = []netip.Prefix{p}
		if g.IntN(3) == 0 {
			w.networks[swIf] = nil
		}
		r.ok(r.Configure(swIf, Interface{On: [2]bool{true, true}, Addresses: w.networks[swIf]}))
	case 2, 3:
		swIf := uint32(g.IntN(4) + 1)
		h := twinHost{swIf, address(g, v6, byte(swIf))}
		if _, has := w.neighbors[h]; has {
			delete(w.neighbors, h)
			r.DeleteNeighbor(h.swIf, h.addr)
		} else {
			w.neighbors[h] = byte(g.IntN(256))
			r.ok(r.SetNeighbor(h.swIf, h.addr, [6]byte{w.neighbors[h]}, false))
		}
	default:
		w.randomRoute(r, g, v6)
	}
}

func (w *twin) randomRoute(r *rig, g *rand.Rand, v6 bool) {
	at := twinRoute{uint32(g.IntN(2)) * 7, netip.Prefix{}}
	top := byte(1 + g.IntN(6)) // 5, 6: nobody's network; recursive routes go there
	a := address(g, v6, top)
	at.prefix = netip.PrefixFrom(a, 12+g.IntN(a.BitLen()-11)).Masked()
	switch g.IntN(8) {
	case 0:
		at.prefix = netip.MustParsePrefix(corners(v6)[g.IntN(len(corners(v6)))])
	case 1, 2: // where interfaces and neighbours have routes, too
		at.prefix = netip.PrefixFrom(a, a.BitLen()-g.IntN(3)).Masked()
	}
	if old, ok := w.given[at]; ok && g.IntN(2) == 0 {
		k := g.IntN(len(old) + 1)
		gone := old[:k]
		if w.given[at] = slices.Clone(old[k:]); k == 0 || k == len(old) {
			delete(w.given, at)
		}
		r.ok(r.apply(v6, at.table, Change{Prefix: at.prefix, Paths: gone, Delete: true}))
		return
	}
	var list []Path
	for range 1 + g.IntN(3) {
		swIf := uint32(g.IntN(4) + 1)
		p := Path{Kind: PathKind(max(0, g.IntN(11)-4)), SwIf: swIf, Weight: byte(1 + g.IntN(3)), Preference: byte(g.IntN(2)), Table: 7}
		if p.Kind == ToNeighbor {
			p.Via = address(g, v6, byte(swIf))
			if top > 4 && at.prefix.Bits() >= 24 && g.IntN(4) > 0 { // it covers no next hop, so that there are no circles
				p.SwIf, p.Table = 0, uint32(g.IntN(2))*7
			}
		}
		if p = canonical([]Path{p}, v6)[0]; !slices.ContainsFunc(list, p.same) {
			list = append(list, p)
		}
	}
	replace := g.IntN(2) == 0
	if !replace {
		have := w.given[at]
		for _, p := range list {
			have = slices.DeleteFunc(slices.Clone(have), p.same)
		}
		w.given[at] = append(have, list...)
	} else {
		w.given[at] = list
	}
	r.ok(r.apply(v6, at.table, Change{Prefix: at.prefix, Paths: list, Replace: replace}))
}

// address is one of few: 10.top.x.y.
func address(g *rand.Rand, v6 bool, top byte) netip.Addr {
	x, y := byte(g.IntN(4)), byte(1+g.IntN(6))
	if v6 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, top, x, 15: y})
	}
	return netip.AddrFrom4([4]byte{10, top, x, y})
}

// corners are prefixes that every table has, or that go around them.
func corners(v6 bool) []string {
	if v6 {
		return []string{"::/0", "ff00::/8", "ff02::/16", "ff02::1/128", "2000::/3", "::/128"}
	}
	return []string{"0.0.0.0/0", "0.0.0.0/32", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "0.0.0.0/1", "224.0.0.1/32"}
}

// asked is an address to look up: one that routes are for, or a corner's.
func asked(g *rand.Rand, v6 bool) netip.Addr {
	if g.IntN(5) > 0 {
		return address(g, v6, byte(1+g.IntN(7)))
	}
	return netip.MustParsePrefix(corners(v6)[g.IntN(len(corners(v6)))]).Addr()
}

// agree compares both at an address.
func (w *twin) agree(r *rig, table uint32, a netip.Addr) error {
	want := w.shares(w.best(table*7, a))
	s := r.Snapshot()
	var n uint32
	if a.Is4() {
		b := a.As4()
		n = s.Lookup4(table, uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]))
	} else {
		b := a.As16()
		n = s.Lookup6(table, &b)
	}
	row := s.Forward(n).Hops
	have := map[string]int{}
	for _, h := range row {
		text := hopText(s.Hop(h))
		if s.Hop(h).Kind == KindRewrite {
			text = fmt.Sprintf("%d/%v %02x", s.Hop(h).TxIf, s.Hop(h).Via, s.Hop(h).Header[0])
		}
		have[text]++
	}
	total := 0
	for _, n := range want {
		total += n
	}
	for text, n := range want {
		off := have[text]*total - n*len(row)
		if have[text] == 0 || 8*max(off, -off) > n*len(row) && len(row) < MaxBuckets {
			return fmt.Errorf("table %d, %v: %v, want shares %v", table, a, have, want)
		}
	}
	if len(have) != len(want) {
		return fmt.Errorf("table %d, %v: %v, want shares %v", table, a, have, want)
	}
	return nil
}

package fib

import (
	"fmt"
	"net/netip"
	"slices"
)

// iface is what an interface brings into the tables.
type iface struct {
	config    Interface
	tables    [2]*table // by family; nil while that is off
	link      *table    // of link-local addresses; nil while IPv6 is off
	routes    map[place][]Path
	neighbors map[netip.Addr]*neighbor
	targets   map[*target]bool // hops on its link
}

// place is where a route is.
type place struct {
	table  *table
	prefix netip.Prefix
}

// Interface is how an interface takes part in forwarding.
type Interface struct {
	On        [2]bool        // by family: whether it forwards IPv4, IPv6
	Table     [2]uint32      // by family: the id of its table
	Addresses []netip.Prefix // with the hosts' bits
	Borrowed  []netip.Prefix // another interface's addresses: neighbours of their networks are on this link, too
	Broadcast bool           // packets from elsewhere to an IPv4 network's last address go to all on the link
}

// iface finds or makes what is known of an interface.
func (f *FIB) iface(swIf uint32) *iface {
	i := f.ifs[swIf]
	if i == nil {
		i = &iface{routes: map[place][]Path{}, neighbors: map[netip.Addr]*neighbor{}, targets: map[*target]bool{}}
		f.ifs[swIf] = i
	}
	return i
}

// Configure says how an interface takes part in forwarding, from now on: its networks and addresses become routes, and those that
// were its before go.
func (f *FIB) Configure(swIf uint32, c Interface) error {
	i := f.iface(swIf)
	var tables [2]*table
	for v := range tables {
		if !c.On[v] {
			continue
		}
		var err error
		if tables[v], err = f.table(v == 1, c.Table[v]); err != nil {
			return err
		}
	}
	defer f.publish()
	for v, t := range tables {
		if i.tables[v] != nil {
			i.tables[v].users--
		}
		if t != nil {
			t.users++
		}
	}
	i.tables, i.config = tables, c
	if err := f.configureLink(i); err != nil {
		return err
	}
	want := f.wanted(swIf, i)
	var err error
	for at, paths := range want {
		if old, ok := i.routes[at]; ok && slices.Equal(old, paths) {
			continue
		}
		if e := f.set(at.table, at.prefix, SourceInterface, paths); e != nil {
			err = e
			delete(want, at)
		}
	}
	for at := range i.routes {
		if _, ok := want[at]; !ok {
			_ = f.set(at.table, at.prefix, SourceInterface, nil)
		}
	}
	i.routes = want
	for addr, n := range i.neighbors {
		f.attach(i, swIf, addr, n)
	}
	for t := range i.targets {
		if t.key.kind == KindLookup || len(f.pathMTUs) > 0 {
			f.refresh(t)
		}
	}
	f.endLink(i)
	return err
}

// configureLink makes the table of the link-local addresses.
func (f *FIB) configureLink(i *iface) (err error) {
	if i.tables[1] != nil && i.link == nil {
		i.link, err = f.newTable(true, 0, "")
	}
	return err
}

// endLink ends that table when nobody has routes in it any more.
func (f *FIB) endLink(i *iface) {
	if i.tables[1] == nil && i.link != nil {
		f.clear(i.link)
		i.link = nil
	}
}

// wanted is the routes of an interface's addresses.
func (f *FIB) wanted(swIf uint32, i *iface) map[place][]Path {
	want := map[place][]Path{}
	local, onLink, drop := []Path{{Kind: ToLocal, SwIf: swIf, Weight: 1}}, []Path{{Kind: ToLink, SwIf: swIf, Weight: 1}}, []Path{{Kind: ToDrop, Weight: 1}}
	if i.tables[1] != nil {
		want[place{i.link, linkLocal}] = onLink
	}
	for _, p := range i.config.Addresses {
		a, network := p.Addr(), p.Masked()
		t := i.tables[family(a.Is6())]
		if linkLocal.Contains(a) {
			t = i.link
		}
		if t == nil {
			continue
		}
		if !p.IsSingleIP() && t != i.link {
			want[place{t, network}] = onLink
		}
		if peer := other4(p); peer.IsValid() {
			want[place{t, netip.PrefixFrom(peer, 32)}] = []Path{{Kind: ToNeighbor, SwIf: swIf, Via: peer, Weight: 1}}
		}
		if a.Is4() && p.Bits() < 31 {
			for _, end := range []netip.Addr{network.Addr(), last4(network)} {
				if at := (place{t, netip.PrefixFrom(end, 32)}); want[at] == nil {
					want[at] = drop
				}
			}
			if i.config.Broadcast {
				want[place{t, netip.PrefixFrom(last4(network), 32)}] = []Path{{Kind: ToNeighbor, SwIf: swIf, Via: broadcast4, Weight: 1}}
			}
		}
	}
	for _, p := range i.config.Addresses { // they come before the ends of networks
		a := p.Addr()
		t := i.tables[family(a.Is6())]
		if linkLocal.Contains(a) {
			t = i.link
		}
		if t != nil {
			want[place{t, netip.PrefixFrom(a, a.BitLen())}] = local
		}
	}
	return want
}

// broadcast4 stands for all on a link.
var broadcast4 = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// other4 is the other one of the two addresses of an IPv4 prefix of length 31; none of other prefixes.
func other4(p netip.Prefix) netip.Addr {
	if !p.Addr().Is4() || p.Bits() != 31 {
		return netip.Addr{}
	}
	b := p.Addr().As4()
	b[3] ^= 1
	return netip.AddrFrom4(b)
}

// last4 is the last address of an IPv4 prefix: its broadcast address.
func last4(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

// tableFor is the table in which a host on the interface's link has its route; nil for none.
func (i *iface) tableFor(a netip.Addr) *table {
	if linkLocal.Contains(a) {
		if i.tables[1] == nil {
			return nil
		}
		return i.link
	}
	for _, list := range [][]netip.Prefix{i.config.Addresses, i.config.Borrowed} {
		for _, p := range list {
			if p.Masked().Contains(a) && p.Addr() != a {
				return i.tables[family(a.Is6())]
			}
		}
	}
	return nil
}

// SetLink says how the link of an interface is, from now on.
func (f *FIB) SetLink(swIf uint32, l Link) error {
	if len(l.Tags)%4 != 0 || len(l.Tags) > 8 {
		return fmt.Errorf("fib: %d bytes of VLAN tags: want two tags at most", len(l.Tags))
	}
	was := f.links[swIf]
	f.links[swIf] = l
	for t := range f.iface(swIf).targets {
		f.refresh(t)
	}
	if was.Up == l.Up {
		return nil
	}
	var err error
	for _, r := range f.routes {
		if !f.recursive[r] && slices.ContainsFunc(r.list[0].paths, func(p Path) bool { return p.SwIf == swIf }) {
			if e := f.resolve(r); e != nil {
				err = e
			}
		}
	}
	f.publish()
	return err
}

// Forget ends all that concerns an interface, which is gone.
func (f *FIB) Forget(swIf uint32) error {
	for addr := range f.iface(swIf).neighbors {
		f.DeleteNeighbor(swIf, addr)
	}
	if err := f.Configure(swIf, Interface{}); err != nil {
		return err
	}
	if err := f.SetLink(swIf, Link{}); err != nil {
		return err
	}
	delete(f.links, swIf)
	if len(f.ifs[swIf].targets) == 0 {
		delete(f.ifs, swIf)
	}
	return nil
}

// bindings is which tables packets from each interface are looked up in: by family and sw_if_index, and of link-local ones. -1: none.
func (f *FIB) bindings() (bound [2][]int32, links []int32) {
	n := uint32(0)
	for swIf := range f.ifs {
		n = max(n, swIf+1)
	}
	for v := range bound {
		bound[v] = slices.Repeat([]int32{-1}, int(n))
	}
	links = slices.Repeat([]int32{-1}, int(n))
	for swIf, i := range f.ifs {
		for v, t := range i.tables {
			if t != nil {
				bound[v][swIf] = int32(t.index)
			}
		}
		if i.link != nil {
			links[swIf] = int32(i.link.index)
		}
	}
	return bound, links
}

package fib

import (
	"net/netip"
	"sync/atomic"
)

// Link is what of an interface matters to routes.
type Link struct {
	Up   bool
	MTU  [2]int  // by family: bytes of the longest datagram
	MAC  [6]byte // its own
	Tags []byte  // VLAN tags, as they are sent, four bytes each; at most two
	Raw  bool    // packets have no header there: whoever is on the other end gets them all
}

// targetKey is what a hop is made of.
type targetKey struct {
	kind   Kind // KindResolve for all neighbours, those that are known too
	swIf   uint32
	via    netip.Addr // neighbours; KindLookup: the family
	table  uint32     // KindLookup: the id; without swIf
	source bool       // KindLookup
}

// target is a hop that routes refer to.
type target struct {
	key  targetKey
	hop  uint32
	refs int
}

// target finds or makes a target and counts one more reference.
func (f *FIB) target(k targetKey) (*target, error) {
	t := f.targets[k]
	if t == nil {
		hop := f.hop(k)
		id, err := f.hops.take(&hop)
		if err != nil {
			return nil, err
		}
		t = &target{key: k, hop: id}
		f.targets[k] = t
		if k.swIf != 0 {
			f.iface(k.swIf).targets[t] = true
		}
		if k.kind == KindResolve && f.NewHop != nil {
			f.NewHop(id)
		}
		if hop.Kind == KindResolve && f.Foresee != nil && f.links[k.swIf].Up {
			f.Foresee(k.swIf, k.via)
		}
	}
	t.refs++
	return t, nil
}

// Adjacencies is the numbers of the hops to neighbours, in no order.
func (f *FIB) Adjacencies() (list []uint32) {
	for k, t := range f.targets {
		if k.kind == KindResolve {
			list = append(list, t.hop)
		}
	}
	return list
}

// HopNumbers is above all numbers of hops.
func (f *FIB) HopNumbers() int { return int(f.hops.used) }

// letGo counts one reference less.
func (f *FIB) letGo(t *target) {
	if t.refs--; t.refs > 0 {
		return
	}
	delete(f.targets, t.key)
	if i := f.ifs[t.key.swIf]; i != nil {
		delete(i.targets, t)
	}
	f.freeHops = append(f.freeHops, t.hop)
}

// hop is what a target is to workers, as things are now.
func (f *FIB) hop(k targetKey) Hop {
	h := Hop{Kind: k.kind, TxIf: k.swIf, Via: k.via}
	switch k.kind {
	case KindLookup:
		h.Via, h.Kind, h.Source = netip.Addr{}, KindDrop, k.source
		t := f.tables[family(k.via.Is6())][k.table]
		if k.swIf != 0 {
			t = f.iface(k.swIf).tables[family(k.via.Is6())]
		}
		if t != nil {
			h.Kind, h.Table = KindLookup, t.index
		}
	case KindGlean:
		if link := f.links[k.swIf]; link.Raw && link.Up { // of either family
			h.Kind, h.MTU = KindRewrite, uint16(min(link.MTU[0], link.MTU[1], 1<<16-1))
		}
	case KindResolve:
		if link := f.links[k.swIf]; link.Raw {
			if link.Up {
				h.Kind, h.MTU = KindRewrite, f.mtu(k.swIf, k.via)
			}
		} else if n := f.iface(k.swIf).neighbors[k.via]; n != nil {
			f.rewrite(&h, n)
		} else if k.via == broadcast4 {
			f.rewrite(&h, &neighbor{mac: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}})
		}
	}
	return h
}

// rewrite gives a hop the header for a neighbour.
func (f *FIB) rewrite(h *Hop, n *neighbor) {
	link := f.links[h.TxIf]
	if !link.Up {
		return
	}
	tags := link.Tags[:min(len(link.Tags), 8)]
	b := append(append(append(h.Header[:0], n.mac[:]...), link.MAC[:]...), tags...)
	if etherType := byte(0x08); h.Via.Is4() {
		b = append(b, etherType, 0)
	} else {
		b = append(b, 0x86, 0xdd)
	}
	h.Kind, h.Size, h.MTU, h.Stale = KindRewrite, uint8(len(b)), f.mtu(h.TxIf, h.Via), n.stale
}

// refresh publishes a target's hop again.
func (f *FIB) refresh(t *target) {
	h := f.hop(t.key)
	f.hops.at[t.hop].Store(&h)
}

// neighbor is a host on a link.
type neighbor struct {
	mac   [6]byte
	route bool // it may have a route of its own
	in    *table
	stale *atomic.Bool
}

// SetNeighbor makes known how a host on the link of an interface is reached. If the interface has a network with that host, or it is
// a link's own address, it gets a route of its own, unless noRoute says otherwise.
func (f *FIB) SetNeighbor(swIf uint32, addr netip.Addr, mac [6]byte, noRoute bool) error {
	i := f.iface(swIf)
	n := i.neighbors[addr]
	if n == nil {
		n = &neighbor{}
		i.neighbors[addr] = n
	}
	n.mac, n.route, n.stale = mac, !noRoute, nil
	f.refreshNeighbor(swIf, addr)
	if f.attach(i, swIf, addr, n) {
		f.publish()
	}
	return nil
}

// SetStale says that nobody has heard of a neighbour for a while: flag, if not nil, is set when a packet goes to it.
func (f *FIB) SetStale(swIf uint32, addr netip.Addr, flag *atomic.Bool) {
	if n := f.iface(swIf).neighbors[addr]; n != nil {
		n.stale = flag
		f.refreshNeighbor(swIf, addr)
	}
}

// DeleteNeighbor forgets a host: packets to it wait for somebody to find it.
func (f *FIB) DeleteNeighbor(swIf uint32, addr netip.Addr) {
	i := f.iface(swIf)
	n := i.neighbors[addr]
	if n == nil {
		return
	}
	delete(i.neighbors, addr)
	f.refreshNeighbor(swIf, addr)
	n.route = false
	if f.attach(i, swIf, addr, n) {
		f.publish()
	}
}

func (f *FIB) refreshNeighbor(swIf uint32, addr netip.Addr) {
	if t := f.targets[targetKey{kind: KindResolve, swIf: swIf, via: addr}]; t != nil {
		f.refresh(t)
	}
}

// attach gives a neighbour its own route where it is to have one, and takes one away that it is not to have. It reports whether a
// route has changed. Without room for it packets go by the network's route.
func (f *FIB) attach(i *iface, swIf uint32, addr netip.Addr, n *neighbor) (changed bool) {
	in := i.tableFor(addr)
	if !n.route {
		in = nil
	}
	if in == n.in {
		return false
	}
	host := netip.PrefixFrom(addr, addr.BitLen())
	if n.in != nil {
		_ = f.set(n.in, host, SourceNeighbor, nil)
		f.inherit(n, addr)
		n.in = nil
	}
	if in != nil {
		in.twice = in.twice || f.pathsOf(in, host, SourceNeighbor) != nil
		if f.lead(in, swIf, addr) == nil {
			n.in = in
		}
	}
	return true
}

// lead makes a neighbour's route.
func (f *FIB) lead(t *table, swIf uint32, addr netip.Addr) error {
	return f.set(t, netip.PrefixFrom(addr, addr.BitLen()), SourceNeighbor, []Path{{Kind: ToNeighbor, SwIf: swIf, Via: addr, Weight: 1}})
}

// inherit gives the route that a neighbour has had to another link on which that host has been heard of.
func (f *FIB) inherit(n *neighbor, addr netip.Addr) {
	if !n.in.twice {
		return
	}
	for swIf, i := range f.ifs {
		if other := i.neighbors[addr]; other != nil && other != n && other.in == n.in {
			_ = f.lead(n.in, swIf, addr)
			return
		}
	}
}

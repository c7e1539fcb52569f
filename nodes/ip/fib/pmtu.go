package fib

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// PathMTU is the longest datagram that gets to a neighbour, where that is less than its link's.
type PathMTU struct {
	Table uint32 // the id
	Addr  netip.Addr
	MTU   uint16 // bytes; 0: none
}

type pathKey struct {
	table uint32
	addr  netip.Addr
}

// MaxPathMTUs bounds them.
const MaxPathMTUs = 1 << 16

// SetPathMTU says the path MTU to a neighbour, or takes it away; those of neighbours that are not known yet wait for them.
func (f *FIB) SetPathMTU(p PathMTU) error {
	if _, err := f.table(p.Addr.Is6(), p.Table); err != nil {
		return err
	}
	k := pathKey{p.Table, p.Addr}
	_, had := f.pathMTUs[k]
	switch {
	case p.MTU == 0:
		delete(f.pathMTUs, k)
	case !had && len(f.pathMTUs) >= MaxPathMTUs:
		return fmt.Errorf("fib: %d path MTUs are the most: %w", MaxPathMTUs, ErrFull)
	default:
		f.pathMTUs[k] = p.MTU
	}
	for swIf, i := range f.ifs {
		if i.config.Table[family(p.Addr.Is6())] == p.Table {
			f.refreshNeighbor(swIf, p.Addr)
		}
	}
	return nil
}

// PathMTUs lists them, by table and address.
func (f *FIB) PathMTUs() (list []PathMTU) {
	for k, mtu := range maps.All(f.pathMTUs) {
		list = append(list, PathMTU{k.table, k.addr, mtu})
	}
	slices.SortFunc(list, func(a, b PathMTU) int { return cmp.Or(cmp.Compare(a.Table, b.Table), a.Addr.Compare(b.Addr)) })
	return list
}

// mtu is the longest datagram to a neighbour.
func (f *FIB) mtu(swIf uint32, via netip.Addr) uint16 {
	v := family(via.Is6())
	mtu := uint16(min(f.links[swIf].MTU[v], 1<<16-1))
	if len(f.pathMTUs) == 0 {
		return mtu
	}
	if path, ok := f.pathMTUs[pathKey{f.iface(swIf).config.Table[v], via}]; ok {
		mtu = min(mtu, path)
	}
	return mtu
}

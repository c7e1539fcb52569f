package ip

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// newInfo is what workers are to know of an interface. mu is held.
func (p *Plugin) newInfo(swIf uint32, i *ifState) ifInfo {
	info := ifInfo{on: [2]bool{i.on(false), i.on(true)}, proxy: i.proxy, table4: i.table[0]}
	if l, ok := p.dp.Link(swIf); ok {
		info.mac, info.tags = l.MAC, l.Tags
	}
	for _, a := range append(slices.Clone(i.addresses), p.lent(i)...) {
		switch ip := a.Addr(); {
		case ip.Is4():
			b := ip.As4()
			info.addrs4 = append(info.addrs4, addr4{binary.BigEndian.Uint32(b[:]), ^uint32(0) << (32 - a.Bits())})
		case ip.IsLinkLocalUnicast() && !info.link.IsValid():
			info.link = ip // the operator's, in place of the one made of the MAC address
		default:
			info.addrs6 = append(info.addrs6, a)
		}
	}
	if info.on[1] && !info.link.IsValid() {
		info.link = linkLocal(info.mac)
	}
	return info
}

// linkLocal is the link-local address made of a MAC address (RFC 4291, appendix A).
func linkLocal(m [6]byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4], 15: m[5]})
}

// publish makes workers know an interface. mu is held.
func (p *Plugin) publish(swIf uint32, info ifInfo) {
	list := slices.Clone(*p.infos.Load())
	for len(list) <= int(swIf) {
		list = append(list, ifInfo{})
	}
	list[swIf] = info
	p.infos.Store(&list)
}

// lost says which neighbours of an interface are on none of its networks any more. The operator's stay.
func (p *Plugin) lost(swIf uint32, info *ifInfo) func(*neighbor.Entry) bool {
	return func(e *neighbor.Entry) bool {
		if e.SwIf != swIf || e.Static {
			return false
		}
		if e.Addr.Is4() {
			b := e.Addr.As4()
			return !info.on[0] || !info.onLink4(binary.BigEndian.Uint32(b[:]))
		}
		return !info.on[1] || !info.onLink6(e.Addr)
	}
}

// linkChanged follows an interface's link.
func (p *Plugin) linkChanged(swIf uint32) {
	l, _ := p.dp.Link(swIf)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fib.SetLink(swIf, fib.Link{Up: l.Up, MTU: [2]int{l.MTU4, l.MTU6}, MAC: l.MAC, Tags: l.Tags, Raw: l.Raw}); err != nil {
		p.dp.Log().Error("routes by an interface have not followed its link", "interface", p.dp.InterfaceName(swIf), "cause", err)
	}
	if !l.Up { // who is there when it comes up again is another question
		p.neighbors.Flush(func(e *neighbor.Entry) bool { return e.SwIf == swIf && !e.Static })
	}
	if i := p.ifs[swIf]; i != nil {
		if err := p.configure(swIf, i); err != nil {
			p.dp.Log().Error("an interface's addresses have not followed its link", "interface", p.dp.InterfaceName(swIf), "cause", err)
		}
	}
}

// removed forgets an interface.
func (p *Plugin) removed(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.ifs[swIf]; i != nil && i.routed && p.routed != nil {
		p.routed(swIf, false)
	}
	delete(p.ifs, swIf)
	for other, b := range p.ifs {
		if b.lender == swIf {
			b.lender = 0
			if err := p.configure(other, b); err != nil {
				return err
			}
		}
	}
	p.neighbors.Forget(swIf)
	p.endRedirect(0, swIf)
	p.endRedirect(1, swIf)
	p.publish(swIf, ifInfo{})
	return p.fib.Forget(swIf)
}

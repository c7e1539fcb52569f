package ip

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/arp"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// ProxyRange is IPv4 addresses that this host answers ARP for in their owners' place, on interfaces of a table that are told to.
type ProxyRange struct {
	Table     uint32 // the id
	Low, High uint32 // in host byte order; both are in it
}

// maxProxies bounds the ranges: each request for somebody else is compared with all.
const maxProxies = 256

// AddProxy has ARP answered for a range, on interfaces that SetProxy has turned that on for.
func (p *Plugin) AddProxy(r ProxyRange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := *p.proxies.Load()
	switch {
	case r.Low > r.High:
		return api.Wrap(api.InvalidValue, fmt.Errorf("ip: proxy ARP from %v to %v: want the lower one first", addrOf4(r.Low), addrOf4(r.High)))
	case slices.Contains(old, r):
		return nil
	case len(old) >= maxProxies:
		return api.Wrap(api.LimitExceeded, fmt.Errorf("ip: %d ranges of proxy ARP are the most; delete one first", maxProxies))
	}
	if !slices.ContainsFunc(p.fib.Tables(false), func(t fib.TableInfo) bool { return t.ID == r.Table }) {
		return fmt.Errorf("ip: no IPv4 table %d: %w", r.Table, fib.ErrNoTable)
	}
	list := append(slices.Clone(old), r)
	p.proxies.Store(&list)
	return nil
}

// DeleteProxy ends that for a range that was added.
func (p *Plugin) DeleteProxy(r ProxyRange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := *p.proxies.Load()
	at := slices.Index(old, r)
	if at < 0 {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("ip: no proxy ARP from %v to %v in table %d", addrOf4(r.Low), addrOf4(r.High), r.Table))
	}
	list := slices.Delete(slices.Clone(old), at, at+1)
	p.proxies.Store(&list)
	return nil
}

// SetProxy has an interface answer ARP for the ranges of its table, or ends that. None does if nobody says so.
func (p *Plugin) SetProxy(swIf uint32, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	i.proxy = on
	return p.configure(swIf, i)
}

// proxied says whether requests for an address on an interface are answered in its owner's place.
func (p *Plugin) proxied(info *ifInfo, ip uint32) bool {
	if !info.proxy {
		return false
	}
	for _, r := range *p.proxies.Load() {
		if r.Table == info.table4 && r.Low <= ip && ip <= r.High {
			return true
		}
	}
	return false
}

// arpAPI serves VPP's module arp.
type arpAPI struct {
	arp.Unimplemented
	p *Plugin
}

// ProxyArpAddDel implements arp.Service.
func (a arpAPI) ProxyArpAddDel(_ context.Context, m *arp.ProxyArpAddDel) (*arp.ProxyArpAddDelReply, error) {
	r := ProxyRange{m.Proxy.TableID, be32(m.Proxy.Low[:]), be32(m.Proxy.Hi[:])}
	if m.IsAdd {
		return nil, Retval(a.p.AddProxy(r))
	}
	return nil, Retval(a.p.DeleteProxy(r))
}

// ProxyArpDump implements arp.Service.
func (a arpAPI) ProxyArpDump(context.Context, *arp.ProxyArpDump) iter.Seq2[*arp.ProxyArpDetails, error] {
	return func(yield func(*arp.ProxyArpDetails, error) bool) {
		for _, r := range *a.p.proxies.Load() {
			if !yield(&arp.ProxyArpDetails{Proxy: arp.ProxyArp{TableID: r.Table, Low: addrOf4(r.Low).As4(), Hi: addrOf4(r.High).As4()}}, nil) {
				return
			}
		}
	}
}

// ProxyArpIntfcEnableDisable implements arp.Service.
func (a arpAPI) ProxyArpIntfcEnableDisable(_ context.Context, m *arp.ProxyArpIntfcEnableDisable) (*arp.ProxyArpIntfcEnableDisableReply, error) {
	return nil, Retval(a.p.SetProxy(uint32(m.SwIfIndex), m.Enable))
}

// ProxyArpIntfcDump implements arp.Service.
func (a arpAPI) ProxyArpIntfcDump(context.Context, *arp.ProxyArpIntfcDump) iter.Seq2[*arp.ProxyArpIntfcDetails, error] {
	return func(yield func(*arp.ProxyArpIntfcDetails, error) bool) {
		for swIf, info := range *a.p.infos.Load() {
			if info.proxy && !yield(&arp.ProxyArpIntfcDetails{SwIfIndex: uint32(interface_types.InterfaceIndex(swIf))}, nil) {
				return
			}
		}
	}
}

func (p *Plugin) proxyCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		del := a.Keyword("del")
		if !del {
			a.Keyword("add")
		}
		var r ProxyRange
		var err error
		if a.Keyword("table-id") {
			if r.Table, err = tableID(a); err != nil {
				return nil, err
			}
		}
		var ends [2]netip.Addr
		for i, what := range []string{"the first address", "the last address"} {
			if i == 1 && !a.Keyword("-") {
				return nil, a.Errorf("expected - and the last address")
			}
			if ends[i], err = a.Addr(what); err != nil {
				return nil, err
			}
			if !ends[i].Is4() {
				return nil, a.Errorf("%v: ARP is of IPv4", ends[i])
			}
		}
		low, high := ends[0].As4(), ends[1].As4()
		r.Low, r.High = be32(low[:]), be32(high[:])
		if del {
			return func(*cli.Call) error { return p.DeleteProxy(r) }, nil
		}
		return func(*cli.Call) error { return p.AddProxy(r) }, nil
	})(c)
}

func (p *Plugin) proxyInterfaceCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		swIf, err := p.interfaceWord(a)
		off := a.Keyword("disable")
		if !off {
			a.Keyword("enable")
		}
		return func(*cli.Call) error { return p.SetProxy(swIf, !off) }, err
	})(c)
}

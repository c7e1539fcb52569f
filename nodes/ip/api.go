package ip

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/arp"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip6_nd"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/ping"
	"github.com/gvpp/gvpp/api/binapi/punt"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

// Retvals that only VPP's own modules give.
const (
	noSuchFIB      api.Errno = -3
	noPaths        api.Errno = -52
	addressLength  api.Errno = -59
	addressMissing api.Errno = -60
	addressInUse   api.Errno = -105
	addressFound   api.Errno = -114
	unsupported    api.Errno = -126
	instanceInUse  api.Errno = -147
	pathProto      api.Errno = -157
)

// Retval gives an error of an operation its retval.
func Retval(err error) error {
	for _, c := range []struct {
		is     error
		retval api.Errno
	}{
		{ErrNoInterface, api.InvalidSwIfIndex}, {fib.ErrNoTable, noSuchFIB}, {fib.ErrNoRoute, api.NoSuchEntry}, {ErrNoRedirect, api.NoSuchEntry}, {fib.ErrPath, api.InvalidValue},
		{fib.ErrInUse, instanceInUse}, {fib.ErrFull, api.LimitExceeded}, {ErrHasAddress, addressFound}, {ErrNeighbor, api.InvalidValue},
		{ErrAddressInUse, addressInUse}, {ErrAddressThere, addressInUse}, {ErrAddressUnknown, addressMissing}, {ErrAddressLength, addressLength},
	} {
		if errors.Is(err, c.is) {
			return api.Wrap(c.retval, err)
		}
	}
	return err
}

// none is how the API names no interface, or all.
const none = ^uint32(0)

func (p *Plugin) messages(r *plugin.Registry) {
	r.API(ipapi.Serve(ipAPI{p: p}))
	r.API(ip_neighbor.Serve(neighborAPI{p: p}))
	r.API(arp.Serve(arpAPI{p: p}))
	r.API(ip6_nd.Serve(discoveryAPI{p: p}))
	r.API(punt.Serve(puntAPI{p: p}))
	r.API(ping.Serve(pingAPI{p: p, room: make(chan struct{}, maxPings)}))
}

// ipAPI serves VPP's module ip.
type ipAPI struct {
	ipapi.Unimplemented
	p *Plugin
}

// IPTableAddDel implements ip.Service. As in VPP, a table that is not there has been deleted.
func (a ipAPI) IPTableAddDel(_ context.Context, m *ipapi.IPTableAddDel) (*ipapi.IPTableAddDelReply, error) {
	return nil, a.table(m.IsAdd, &m.Table)
}

// IPTableAddDelV2 implements ip.Service.
func (a ipAPI) IPTableAddDelV2(_ context.Context, m *ipapi.IPTableAddDelV2) (*ipapi.IPTableAddDelV2Reply, error) {
	return nil, a.table(m.IsAdd, &m.Table)
}

func (a ipAPI) table(add bool, t *ipapi.IPTable) error {
	if add {
		return Retval(a.p.AddTable(t.IsIP6, t.TableID, t.Name))
	}
	err := a.p.DeleteTable(t.IsIP6, t.TableID)
	if t.TableID == 0 || errors.Is(err, fib.ErrNoTable) {
		return nil
	}
	return Retval(err)
}

// IPTableAllocate implements ip.Service.
func (a ipAPI) IPTableAllocate(_ context.Context, m *ipapi.IPTableAllocate) (*ipapi.IPTableAllocateReply, error) {
	t := m.Table
	if t.TableID == none {
		used := map[uint32]bool{}
		for _, t := range append(a.p.Tables(false), a.p.Tables(true)...) {
			used[t.ID] = true
		}
		for t.TableID = 1; used[t.TableID]; t.TableID++ {
		}
	}
	return &ipapi.IPTableAllocateReply{Table: t}, Retval(a.p.AddTable(t.IsIP6, t.TableID, t.Name))
}

// IPTableFlush implements ip.Service.
func (a ipAPI) IPTableFlush(_ context.Context, m *ipapi.IPTableFlush) (*ipapi.IPTableFlushReply, error) {
	return nil, Retval(a.p.FlushTable(m.Table.IsIP6, m.Table.TableID))
}

// IPTableReplaceBegin implements ip.Service.
func (a ipAPI) IPTableReplaceBegin(_ context.Context, m *ipapi.IPTableReplaceBegin) (*ipapi.IPTableReplaceBeginReply, error) {
	return nil, Retval(a.p.BeginTableReplace(m.Table.IsIP6, m.Table.TableID))
}

// IPTableReplaceEnd implements ip.Service.
func (a ipAPI) IPTableReplaceEnd(_ context.Context, m *ipapi.IPTableReplaceEnd) (*ipapi.IPTableReplaceEndReply, error) {
	return nil, Retval(a.p.EndTableReplace(m.Table.IsIP6, m.Table.TableID))
}

// IPTableDump implements ip.Service.
func (a ipAPI) IPTableDump(context.Context, *ipapi.IPTableDump) iter.Seq2[*ipapi.IPTableDetails, error] {
	return func(yield func(*ipapi.IPTableDetails, error) bool) {
		for _, v6 := range []bool{false, true} {
			for _, t := range a.p.Tables(v6) {
				if !yield(&ipapi.IPTableDetails{Table: ipapi.IPTable{TableID: t.ID, IsIP6: v6, Name: tableName(v6, t)}}, nil) {
					return
				}
			}
		}
	}
}

// SwInterfaceIP6EnableDisable implements ip.Service.
func (a ipAPI) SwInterfaceIP6EnableDisable(_ context.Context, m *ipapi.SwInterfaceIP6EnableDisable) (*ipapi.SwInterfaceIP6EnableDisableReply, error) {
	if m.Enable && a.p.info(uint32(m.SwIfIndex)).on[1] { // as VPP does
		return nil, api.Wrap(api.ValueExist, fmt.Errorf("ip: IPv6 is on on %s", a.p.dp.InterfaceName(uint32(m.SwIfIndex))))
	}
	return nil, Retval(a.p.Enable(uint32(m.SwIfIndex), true, m.Enable))
}

// SwInterfaceIP4EnableDisable implements ip.Service.
func (a ipAPI) SwInterfaceIP4EnableDisable(_ context.Context, m *ipapi.SwInterfaceIP4EnableDisable) (*ipapi.SwInterfaceIP4EnableDisableReply, error) {
	return nil, Retval(a.p.Enable(uint32(m.SwIfIndex), false, m.Enable))
}

// SwInterfaceIP6SetLinkLocalAddress implements ip.Service.
func (a ipAPI) SwInterfaceIP6SetLinkLocalAddress(_ context.Context, m *ipapi.SwInterfaceIP6SetLinkLocalAddress) (*ipapi.SwInterfaceIP6SetLinkLocalAddressReply, error) {
	addr := netip.AddrFrom16(m.IP)
	if !addr.IsLinkLocalUnicast() {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("ip: %v is not link-local", addr))
	}
	return nil, Retval(a.p.AddAddress(uint32(m.SwIfIndex), netip.PrefixFrom(addr, 128)))
}

// SwInterfaceIP6GetLinkLocalAddress implements ip.Service.
func (a ipAPI) SwInterfaceIP6GetLinkLocalAddress(_ context.Context, m *ipapi.SwInterfaceIP6GetLinkLocalAddress) (*ipapi.SwInterfaceIP6GetLinkLocalAddressReply, error) {
	r := &ipapi.SwInterfaceIP6GetLinkLocalAddressReply{}
	if link := a.p.info(uint32(m.SwIfIndex)).link; link.IsValid() {
		r.IP = link.As16()
	}
	return r, nil
}

// IPAddressDump implements ip.Service.
func (a ipAPI) IPAddressDump(_ context.Context, m *ipapi.IPAddressDump) iter.Seq2[*ipapi.IPAddressDetails, error] {
	return func(yield func(*ipapi.IPAddressDetails, error) bool) {
		for _, addr := range a.p.Addresses(uint32(m.SwIfIndex)) {
			if addr.Addr().Is6() == m.IsIPv6 && !yield(&ipapi.IPAddressDetails{SwIfIndex: m.SwIfIndex, Prefix: ip_types.PrefixOf(addr)}, nil) {
				return
			}
		}
	}
}

// IPDump implements ip.Service.
func (a ipAPI) IPDump(_ context.Context, m *ipapi.IPDump) iter.Seq2[*ipapi.IPDetails, error] {
	return func(yield func(*ipapi.IPDetails, error) bool) {
		for swIf, info := range *a.p.infos.Load() {
			if info.on[family(m.IsIPv6)] && !yield(&ipapi.IPDetails{SwIfIndex: interface_types.InterfaceIndex(swIf), IsIPv6: m.IsIPv6}, nil) {
				return
			}
		}
	}
}

package ip

import (
	"context"
	"fmt"
	"iter"
	"math"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// neighborAPI serves VPP's module ip_neighbor.
type neighborAPI struct {
	ip_neighbor.Unimplemented
	p *Plugin
}

// IPNeighborAddDel implements ip_neighbor.Service.
func (a neighborAPI) IPNeighborAddDel(_ context.Context, m *ip_neighbor.IPNeighborAddDel) (*ip_neighbor.IPNeighborAddDelReply, error) {
	n := &m.Neighbor
	addr, err := n.IPAddress.Netip()
	if err != nil {
		return nil, err
	}
	if !m.IsAdd {
		if a.p.DeleteNeighbor(uint32(n.SwIfIndex), addr) != nil {
			return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("ip: no neighbour %v on %s", addr, a.p.dp.InterfaceName(uint32(n.SwIfIndex))))
		}
		return nil, nil
	}
	static, noRoute := n.Flags&ip_neighbor.IP_API_NEIGHBOR_FLAG_STATIC != 0, n.Flags&ip_neighbor.IP_API_NEIGHBOR_FLAG_NO_FIB_ENTRY != 0
	r := &ip_neighbor.IPNeighborAddDelReply{StatsIndex: none}
	if err = a.p.SetNeighbor(uint32(n.SwIfIndex), addr, n.MacAddress, static, noRoute); err == nil {
		if hop, ok := a.p.fib.Snapshot().Neighbor(uint32(n.SwIfIndex), addr); ok {
			r.StatsIndex = hop
		}
	}
	return r, Retval(err)
}

// IPNeighborDump implements ip_neighbor.Service: those that are known, of an interface or of all.
func (a neighborAPI) IPNeighborDump(_ context.Context, m *ip_neighbor.IPNeighborDump) iter.Seq2[*ip_neighbor.IPNeighborDetails, error] {
	return func(yield func(*ip_neighbor.IPNeighborDetails, error) bool) {
		now := a.p.dp.Clock()
		for _, e := range a.p.Neighbors() {
			if e.Addr.Is6() != (m.Af == ip_types.ADDRESS_IP6) || uint32(m.SwIfIndex) != none && m.SwIfIndex != 0 && uint32(m.SwIfIndex) != e.SwIf || e.MAC == [6]byte{} {
				continue
			}
			d := &ip_neighbor.IPNeighborDetails{Age: math.Max(0, float64(now-e.Since)/1e9)}
			d.Neighbor = wireNeighbor(&e)
			if !yield(d, nil) {
				return
			}
		}
	}
}

// wireNeighbor is a neighbour as the API has it.
func wireNeighbor(e *neighbor.Entry) ip_neighbor.IPNeighbor {
	n := ip_neighbor.IPNeighbor{SwIfIndex: interface_types.InterfaceIndex(e.SwIf), MacAddress: e.MAC, IPAddress: ip_types.AddressOf(e.Addr)}
	if e.Static {
		n.Flags |= ip_neighbor.IP_API_NEIGHBOR_FLAG_STATIC
	}
	if e.NoRoute {
		n.Flags |= ip_neighbor.IP_API_NEIGHBOR_FLAG_NO_FIB_ENTRY
	}
	return n
}

// IPNeighborFlush implements ip_neighbor.Service.
func (a neighborAPI) IPNeighborFlush(_ context.Context, m *ip_neighbor.IPNeighborFlush) (*ip_neighbor.IPNeighborFlushReply, error) {
	a.p.FlushNeighbors(uint32(m.SwIfIndex), m.Af == ip_types.ADDRESS_IP6)
	return nil, nil
}

// IPNeighborReplaceBegin implements ip_neighbor.Service.
func (a neighborAPI) IPNeighborReplaceBegin(context.Context, *ip_neighbor.IPNeighborReplaceBegin) (*ip_neighbor.IPNeighborReplaceBeginReply, error) {
	a.p.BeginNeighborReplace()
	return nil, nil
}

// IPNeighborReplaceEnd implements ip_neighbor.Service.
func (a neighborAPI) IPNeighborReplaceEnd(context.Context, *ip_neighbor.IPNeighborReplaceEnd) (*ip_neighbor.IPNeighborReplaceEndReply, error) {
	a.p.EndNeighborReplace()
	return nil, nil
}

// WantIPNeighborEvents implements ip_neighbor.Service.
func (a neighborAPI) WantIPNeighborEvents(ctx context.Context, m *ip_neighbor.WantIPNeighborEvents) (*ip_neighbor.WantIPNeighborEventsReply, error) {
	return nil, a.want(ctx, m.Enable, m.PID, m.IP, uint32(m.SwIfIndex), false)
}

// WantIPNeighborEventsV2 implements ip_neighbor.Service.
func (a neighborAPI) WantIPNeighborEventsV2(ctx context.Context, m *ip_neighbor.WantIPNeighborEventsV2) (*ip_neighbor.WantIPNeighborEventsV2Reply, error) {
	return nil, a.want(ctx, m.Enable, m.PID, m.IP, uint32(m.SwIfIndex), true)
}

// want begins or ends one of a client's watches, of which it may have several.
func (a neighborAPI) want(ctx context.Context, on bool, pid uint32, ip ip_types.Address, swIf uint32, v2 bool) error {
	addr, err := ip.Netip()
	if err != nil {
		return err
	}
	if addr.IsUnspecified() {
		addr = netip.Addr{}
	}
	if _, there := a.p.dp.Link(swIf); on && !there && swIf != none {
		return Retval(fmt.Errorf("ip: no interface with sw_if_index %d: %w", swIf, ErrNoInterface))
	}
	return a.p.watchers.set(api.CallerOf(ctx), on, watch{swIf, addr, v2}, pid)
}

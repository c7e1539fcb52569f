package gvpp

import (
	"context"
	"iter"
	"net"

	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
	l2node "github.com/gvpp/gvpp/nodes/l2"
)

// L2FibTableDump implements l2.Service.
func (a l2API) L2FibTableDump(_ context.Context, m *l2.L2FibTableDump) iter.Seq2[*l2.L2FibTableDetails, error] {
	return func(yield func(*l2.L2FibTableDetails, error) bool) {
		id := m.BdID
		if id == anyID {
			id = 0
		} else if id == 0 {
			return
		}
		list, err := a.dp.l2.MACs(id)
		if err != nil { // VPP too answers nothing
			return
		}
		for _, e := range list {
			if !yield(&l2.L2FibTableDetails{BdID: e.Domain, Mac: ethernet_types.MacAddress(e.Address), SwIfIndex: interface_types.InterfaceIndex(e.Port),
				StaticMac: e.Static, FilterMac: e.Filter, BviMac: e.BVI}, nil) {
				return
			}
		}
	}
}

// L2FibClearTable implements l2.Service.
func (a l2API) L2FibClearTable(context.Context, *l2.L2FibClearTable) (*l2.L2FibClearTableReply, error) {
	a.dp.l2.Clear()
	return nil, nil
}

// L2fibFlushAll implements l2.Service.
func (a l2API) L2fibFlushAll(context.Context, *l2.L2fibFlushAll) (*l2.L2fibFlushAllReply, error) {
	return nil, a.dp.l2.Flush(0, 0)
}

// L2fibFlushBd implements l2.Service.
func (a l2API) L2fibFlushBd(_ context.Context, m *l2.L2fibFlushBd) (*l2.L2fibFlushBdReply, error) {
	if _, err := a.dp.l2.Domain(m.BdID); err != nil { // 0 would be all
		return nil, l2Error(err)
	}
	return nil, l2Error(a.dp.l2.Flush(m.BdID, 0))
}

// L2fibFlushInt implements l2.Service.
func (a l2API) L2fibFlushInt(_ context.Context, m *l2.L2fibFlushInt) (*l2.L2fibFlushIntReply, error) {
	if _, err := a.dp.InterfaceStatus(uint32(m.SwIfIndex)); err != nil {
		return nil, ifError(err)
	}
	return nil, a.dp.l2.Flush(0, uint32(m.SwIfIndex))
}

// L2fibAddDel implements l2.Service.
func (a l2API) L2fibAddDel(_ context.Context, m *l2.L2fibAddDel) (*l2.L2fibAddDelReply, error) {
	mac := net.HardwareAddr(m.Mac[:])
	if !m.IsAdd {
		return nil, l2Error(a.dp.l2.DeleteMAC(m.BdID, mac))
	}
	if _, err := a.dp.l2.Domain(m.BdID); err != nil {
		return nil, l2Error(err)
	}
	if _, err := a.dp.InterfaceStatus(uint32(m.SwIfIndex)); err != nil && !m.FilterMac {
		return nil, ifError(err)
	}
	return nil, l2Error(a.dp.l2.AddMAC(m.BdID, mac, l2node.MAC{Port: uint32(m.SwIfIndex), Static: m.StaticMac, Filter: m.FilterMac, BVI: m.BviMac}))
}

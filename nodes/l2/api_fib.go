package l2

import (
	"context"
	"iter"
	"net"

	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	l2api "github.com/gvpp/gvpp/api/binapi/l2"
)

// L2FibTableDump implements l2.Service.
func (a Messages) L2FibTableDump(_ context.Context, m *l2api.L2FibTableDump) iter.Seq2[*l2api.L2FibTableDetails, error] {
	return func(yield func(*l2api.L2FibTableDetails, error) bool) {
		id := m.BdID
		if id == anyID {
			id = 0
		} else if id == 0 {
			return
		}
		list, err := a.p.MACs(id)
		if err != nil { // VPP too answers nothing
			return
		}
		for _, e := range list {
			if !yield(&l2api.L2FibTableDetails{BdID: e.Domain, Mac: ethernet_types.MacAddress(e.Address), SwIfIndex: interface_types.InterfaceIndex(e.Port),
				StaticMac: e.Static, FilterMac: e.Filter, BviMac: e.BVI}, nil) {
				return
			}
		}
	}
}

// L2FibClearTable implements l2.Service.
func (a Messages) L2FibClearTable(context.Context, *l2api.L2FibClearTable) (*l2api.L2FibClearTableReply, error) {
	a.p.Clear()
	return nil, nil
}

// L2fibFlushAll implements l2.Service.
func (a Messages) L2fibFlushAll(context.Context, *l2api.L2fibFlushAll) (*l2api.L2fibFlushAllReply, error) {
	return nil, a.p.Flush(0, 0)
}

// L2fibFlushBd implements l2.Service.
func (a Messages) L2fibFlushBd(_ context.Context, m *l2api.L2fibFlushBd) (*l2api.L2fibFlushBdReply, error) {
	if _, err := a.p.Domain(m.BdID); err != nil { // 0 would be all
		return nil, retval(err)
	}
	return nil, retval(a.p.Flush(m.BdID, 0))
}

// L2fibFlushInt implements l2.Service.
func (a Messages) L2fibFlushInt(_ context.Context, m *l2api.L2fibFlushInt) (*l2api.L2fibFlushIntReply, error) {
	if err := a.there(m.SwIfIndex); err != nil {
		return nil, err
	}
	return nil, a.p.Flush(0, uint32(m.SwIfIndex))
}

// L2fibAddDel implements l2.Service.
func (a Messages) L2fibAddDel(_ context.Context, m *l2api.L2fibAddDel) (*l2api.L2fibAddDelReply, error) {
	mac := net.HardwareAddr(m.Mac[:])
	if !m.IsAdd {
		return nil, retval(a.p.DeleteMAC(m.BdID, mac))
	}
	if _, err := a.p.Domain(m.BdID); err != nil {
		return nil, retval(err)
	}
	if err := a.there(m.SwIfIndex); err != nil && !m.FilterMac {
		return nil, err
	}
	return nil, retval(a.p.AddMAC(m.BdID, mac, MAC{Port: uint32(m.SwIfIndex), Static: m.StaticMac, Filter: m.FilterMac, BVI: m.BviMac}))
}

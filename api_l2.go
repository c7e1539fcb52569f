package gvpp

import (
	"context"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
)

// l2API serves cross-connects.
type l2API struct {
	l2.Unimplemented
	dp *Dataplane
}

// SwInterfaceSetL2Xconnect implements l2.Service. It is about one way only; without a cross-connect there is nothing to end.
func (a l2API) SwInterfaceSetL2Xconnect(ctx context.Context, m *l2.SwInterfaceSetL2Xconnect) (*l2.SwInterfaceSetL2XconnectReply, error) {
	rx, tx := uint32(m.RxSwIfIndex), uint32(m.TxSwIfIndex)
	if _, err := a.dp.InterfaceStatus(rx); err != nil {
		return nil, ifError(err)
	}
	if !m.Enable {
		return nil, a.dp.l2.DisconnectOneWay(ctx, rx)
	}
	if _, err := a.dp.InterfaceStatus(tx); err != nil {
		return nil, ifError(err)
	}
	if rx == tx {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: interface %q cannot be cross-connected to itself", a.dp.InterfaceName(rx)))
	}
	return nil, a.dp.l2.CrossConnectOneWay(ctx, rx, tx)
}

// L2XconnectDump implements l2.Service.
func (a l2API) L2XconnectDump(context.Context, *l2.L2XconnectDump) iter.Seq2[*l2.L2XconnectDetails, error] {
	return func(yield func(*l2.L2XconnectDetails, error) bool) {
		for rx, tx := range a.dp.l2.All() {
			if !yield(&l2.L2XconnectDetails{RxSwIfIndex: interface_types.InterfaceIndex(rx), TxSwIfIndex: interface_types.InterfaceIndex(tx)}, nil) {
				return
			}
		}
	}
}

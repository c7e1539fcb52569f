package linuxcp

import (
	"context"
	"errors"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/lcp"
)

// front serves VPP's messages by the plugin's operations. What carries state between gvpp and the host, other kinds of frames, and
// replacing all pairs at once are answered with api.Unimplemented.
type front struct {
	lcp.Unimplemented
	*Plugin
}

const none = ^uint32(0)

var errTUN = api.Wrap(api.Unimplemented, errors.New("linuxcp: host devices are TAP devices; leave tun out"))

// pair makes a pair, or ends it.
func (f front) pair(ctx context.Context, add bool, phy interface_types.InterfaceIndex, hostIf string, kind lcp.LcpItfHostType, ns string) (swIf uint32, vif uint32, err error) {
	switch {
	case !add:
		return none, none, f.Delete(ctx, uint32(phy))
	case kind != lcp.LCP_API_ITF_HOST_TAP:
		return none, none, errTUN
	}
	if swIf, err = f.Create(ctx, uint32(phy), hostIf, ns); err != nil {
		return none, none, err
	}
	_, _, index := f.taps.HostDevice(swIf)
	return swIf, uint32(index), nil
}

// LcpItfPairAddDel implements lcp.Service.
func (f front) LcpItfPairAddDel(ctx context.Context, m *lcp.LcpItfPairAddDel) (*lcp.LcpItfPairAddDelReply, error) {
	_, _, err := f.pair(ctx, m.IsAdd, m.SwIfIndex, m.HostIfName, m.HostIfType, m.Netns)
	return nil, err
}

// LcpItfPairAddDelV2 implements lcp.Service.
func (f front) LcpItfPairAddDelV2(ctx context.Context, m *lcp.LcpItfPairAddDelV2) (*lcp.LcpItfPairAddDelV2Reply, error) {
	swIf, _, err := f.pair(ctx, m.IsAdd, m.SwIfIndex, m.HostIfName, m.HostIfType, m.Netns)
	return &lcp.LcpItfPairAddDelV2Reply{HostSwIfIndex: interface_types.InterfaceIndex(swIf)}, err
}

// LcpItfPairAddDelV3 implements lcp.Service.
func (f front) LcpItfPairAddDelV3(ctx context.Context, m *lcp.LcpItfPairAddDelV3) (*lcp.LcpItfPairAddDelV3Reply, error) {
	swIf, vif, err := f.pair(ctx, m.IsAdd, m.SwIfIndex, m.HostIfName, m.HostIfType, m.Netns)
	return &lcp.LcpItfPairAddDelV3Reply{HostSwIfIndex: interface_types.InterfaceIndex(swIf), VifIndex: vif}, err
}

// LcpItfPairGet implements lcp.Service. All pairs come at once.
func (f front) LcpItfPairGet(_ context.Context, m *lcp.LcpItfPairGet, send func(*lcp.LcpItfPairDetails) error) (*lcp.LcpItfPairGetReply, error) {
	return &lcp.LcpItfPairGetReply{Cursor: none}, f.list(none, send)
}

// LcpItfPairGetV2 implements lcp.Service.
func (f front) LcpItfPairGetV2(_ context.Context, m *lcp.LcpItfPairGetV2, send func(*lcp.LcpItfPairDetails) error) (*lcp.LcpItfPairGetV2Reply, error) {
	return &lcp.LcpItfPairGetV2Reply{Cursor: none}, f.list(uint32(m.SwIfIndex), send)
}

func (f front) list(phy uint32, send func(*lcp.LcpItfPairDetails) error) error {
	for _, s := range f.All() {
		if phy != none && phy != s.PhyIndex {
			continue
		}
		if err := send(&lcp.LcpItfPairDetails{
			PhySwIfIndex: interface_types.InterfaceIndex(s.PhyIndex), HostSwIfIndex: interface_types.InterfaceIndex(s.TapIndex), VifIndex: uint32(s.HostIndex),
			HostIfName: s.HostIf, HostIfType: lcp.LCP_API_ITF_HOST_TAP, Netns: s.NetNS,
		}); err != nil {
			return err
		}
	}
	return nil
}

// LcpDefaultNsSet implements lcp.Service.
func (f front) LcpDefaultNsSet(_ context.Context, m *lcp.LcpDefaultNsSet) (*lcp.LcpDefaultNsSetReply, error) {
	return nil, f.SetDefaultNS(m.Netns)
}

// LcpDefaultNsGet implements lcp.Service.
func (f front) LcpDefaultNsGet(context.Context, *lcp.LcpDefaultNsGet) (*lcp.LcpDefaultNsGetReply, error) {
	return &lcp.LcpDefaultNsGetReply{Netns: f.DefaultNS()}, nil
}

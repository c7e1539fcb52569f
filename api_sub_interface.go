package gvpp

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/nodes/ethernet"
)

// Retvals of sub-interfaces and tags, as VPP gives them.
const (
	invalidVLAN     api.Errno = -55
	vlanExists      api.Errno = -56
	subExists       api.Errno = -68
	invalidTagCount api.Errno = -72
	invalidSubSwIf  api.Errno = -98
)

// subError gives an error of an operation on sub-interfaces its retval.
func subError(err error) error {
	if errors.As(err, new(api.Errno)) {
		return err
	}
	for _, c := range []struct {
		is     error
		retval api.Errno
	}{{ethernet.ErrVLAN, invalidVLAN}, {ethernet.ErrVLANInUse, vlanExists}, {ErrSubExists, subExists}, {ethernet.ErrTagCount, invalidTagCount},
		{ethernet.ErrRewriteOp, api.InvalidValue}, {ErrSubParent, api.InvalidSwIfIndex}} {
		if errors.Is(err, c.is) {
			return api.Wrap(c.retval, err)
		}
	}
	return ifError(err)
}

// CreateVlanSubif implements interfaces.Service: its frames have that one tag and no other.
func (a *interfaceAPI) CreateVlanSubif(ctx context.Context, m *interfaces.CreateVlanSubif) (*interfaces.CreateVlanSubifReply, error) {
	var swIf uint32
	err := error(api.Wrap(invalidVLAN, fmt.Errorf("gvpp: create_vlan_subif: VLAN %d: %w", m.VlanID, ethernet.ErrVLAN)))
	if m.VlanID <= ethernet.MaxVLAN {
		swIf, err = a.dp.CreateSubInterface(ctx, uint32(m.SwIfIndex), m.VlanID, ethernet.Match{Tags: 1, Outer: uint16(m.VlanID), Exact: true})
		if errors.Is(err, ErrSubExists) {
			err = api.Wrap(vlanExists, err)
		}
	}
	return &interfaces.CreateVlanSubifReply{SwIfIndex: apiIndex(swIf, err)}, subError(err)
}

// CreateSubif implements interfaces.Service.
func (a *interfaceAPI) CreateSubif(ctx context.Context, m *interfaces.CreateSubif) (*interfaces.CreateSubifReply, error) {
	var swIf uint32
	match, err := matchOf(m)
	if err == nil {
		swIf, err = a.dp.CreateSubInterface(ctx, uint32(m.SwIfIndex), m.SubID, match)
	}
	return &interfaces.CreateSubifReply{SwIfIndex: apiIndex(swIf, err)}, subError(err)
}

// matchOf is the frames that a request asks for.
func matchOf(m *interfaces.CreateSubif) (match ethernet.Match, err error) {
	has := func(f interface_types.SubIfFlags) bool { return m.SubIfFlags&f != 0 }
	match = ethernet.Match{
		Dot1AD: has(interface_types.SUB_IF_API_FLAG_DOT1AD), InnerAny: has(interface_types.SUB_IF_API_FLAG_INNER_VLAN_ID_ANY),
		Exact: has(interface_types.SUB_IF_API_FLAG_EXACT_MATCH), Default: has(interface_types.SUB_IF_API_FLAG_DEFAULT),
	}
	switch {
	case has(interface_types.SUB_IF_API_FLAG_OUTER_VLAN_ID_ANY):
		return match, api.Wrap(api.Unimplemented, errors.New("gvpp: create_subif: any outer VLAN: name one, or ask for the default sub-interface"))
	case has(interface_types.SUB_IF_API_FLAG_TWO_TAGS):
		match.Tags, match.Outer, match.Inner = 2, m.OuterVlanID, m.InnerVlanID
	case has(interface_types.SUB_IF_API_FLAG_ONE_TAG):
		match.Tags, match.Outer = 1, m.OuterVlanID
	}
	return match, nil
}

// DeleteSubif implements interfaces.Service.
func (a *interfaceAPI) DeleteSubif(ctx context.Context, m *interfaces.DeleteSubif) (*interfaces.DeleteSubifReply, error) {
	err := a.dp.DeleteSubInterface(ctx, uint32(m.SwIfIndex))
	if errors.Is(err, ErrInterfaceKind) {
		err = api.Wrap(invalidSubSwIf, err)
	}
	return nil, subError(err)
}

// subDetails adds to an interface's description what it has of VLAN tags.
func (a *interfaceAPI) subDetails(d *interfaces.SwInterfaceDetails, s *InterfaceStatus) {
	r := a.dp.ether.RewriteOf(s.Index)
	d.VtrOp, d.VtrTag1, d.VtrTag2 = uint32(r.Op), uint32(r.Tag1), uint32(r.Tag2)
	if r.Dot1Q {
		d.VtrPushDot1q = 1
	}
	if s.Sub == nil {
		return
	}
	d.Type, d.SupSwIfIndex, d.SubID = interface_types.IF_API_TYPE_SUB, s.Sub.ParentIndex, s.Sub.ID
	clear(d.L2Address[:])
	m := &s.Sub.Match
	d.SubNumberOfTags, d.SubOuterVlanID, d.SubInnerVlanID = uint8(m.Tags), m.Outer, m.Inner
	for _, f := range []struct {
		set  bool
		flag interface_types.SubIfFlags
	}{{m.Tags == 1, interface_types.SUB_IF_API_FLAG_ONE_TAG}, {m.Tags == 2, interface_types.SUB_IF_API_FLAG_TWO_TAGS},
		{m.Dot1AD, interface_types.SUB_IF_API_FLAG_DOT1AD}, {m.Exact, interface_types.SUB_IF_API_FLAG_EXACT_MATCH},
		{m.Default, interface_types.SUB_IF_API_FLAG_DEFAULT}, {m.InnerAny, interface_types.SUB_IF_API_FLAG_INNER_VLAN_ID_ANY}} {
		if f.set {
			d.SubIfFlags |= f.flag
		}
	}
}

// SwInterfaceSetMacAddress implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetMacAddress(ctx context.Context, m *interfaces.SwInterfaceSetMacAddress) (*interfaces.SwInterfaceSetMacAddressReply, error) {
	return nil, linkError(a.dp.SetHardwareAddr(ctx, uint32(m.SwIfIndex), net.HardwareAddr(m.MacAddress[:])))
}

// SwInterfaceSetMtu implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetMtu(_ context.Context, m *interfaces.SwInterfaceSetMtu) (*interfaces.SwInterfaceSetMtuReply, error) {
	return nil, linkError(a.dp.SetMTUs(uint32(m.SwIfIndex), m.Mtu))
}

// HwInterfaceSetMtu implements interfaces.Service.
func (a *interfaceAPI) HwInterfaceSetMtu(_ context.Context, m *interfaces.HwInterfaceSetMtu) (*interfaces.HwInterfaceSetMtuReply, error) {
	return nil, linkError(a.dp.SetLinkMTU(uint32(m.SwIfIndex), int(m.Mtu)))
}

// linkError gives an error of setting something of a link its retval.
func linkError(err error) error {
	if errors.As(err, new(api.Errno)) {
		return err
	}
	if errors.Is(err, ErrFixedLink) {
		return api.Wrap(api.Unimplemented, err)
	}
	return ifError(err)
}

package gvpp

import (
	"context"
	"errors"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/nodes/ip"
)

// SwInterfaceAddDelAddress implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceAddDelAddress(ctx context.Context, m *interfaces.SwInterfaceAddDelAddress) (*interfaces.SwInterfaceAddDelAddressReply, error) {
	swIf := uint32(m.SwIfIndex)
	if m.DelAll {
		return nil, addressError(a.dp.DeleteAddresses(swIf))
	}
	p, err := m.Prefix.Netip()
	if err != nil {
		return nil, err
	}
	if err := a.setAddress(swIf, p, m.IsAdd); err != nil {
		return nil, addressError(err)
	}
	return nil, a.dp.ip.Asked(ctx)
}

// SwInterfaceAddressReplaceBegin implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceAddressReplaceBegin(context.Context, *interfaces.SwInterfaceAddressReplaceBegin) (*interfaces.SwInterfaceAddressReplaceBeginReply, error) {
	a.dp.ip.BeginAddressReplace()
	return nil, nil
}

// SwInterfaceAddressReplaceEnd implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceAddressReplaceEnd(context.Context, *interfaces.SwInterfaceAddressReplaceEnd) (*interfaces.SwInterfaceAddressReplaceEndReply, error) {
	return nil, a.dp.ip.EndAddressReplace()
}

// SwInterfaceSetUnnumbered implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetUnnumbered(_ context.Context, m *interfaces.SwInterfaceSetUnnumbered) (*interfaces.SwInterfaceSetUnnumberedReply, error) {
	lender := uint32(m.SwIfIndex)
	if !m.IsAdd {
		lender = 0
	}
	return nil, ip.Retval(a.dp.ip.SetUnnumbered(uint32(m.UnnumberedSwIfIndex), lender))
}

// SwInterfaceSetIPDirectedBroadcast implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetIPDirectedBroadcast(_ context.Context, m *interfaces.SwInterfaceSetIPDirectedBroadcast) (*interfaces.SwInterfaceSetIPDirectedBroadcastReply, error) {
	return nil, ip.Retval(a.dp.ip.SetBroadcast(uint32(m.SwIfIndex), m.Enable))
}

func (a *interfaceAPI) setAddress(swIf uint32, p netip.Prefix, add bool) error {
	if add {
		return a.dp.AddAddress(swIf, p)
	}
	return a.dp.DeleteAddress(swIf, p)
}

// addressError gives an error of an operation on addresses its retval.
func addressError(err error) error {
	switch {
	case errors.Is(err, ErrAddressInUse), errors.Is(err, ErrAddressThere):
		return api.Wrap(addressInUse, err)
	case errors.Is(err, ErrAddressUnknown):
		return api.Wrap(addressNotFound, err)
	case errors.Is(err, ErrAddressLength):
		return api.Wrap(addressLength, err)
	}
	return ifError(err)
}

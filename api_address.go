package gvpp

import (
	"context"
	"errors"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
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

func (a *interfaceAPI) setAddress(swIf uint32, p netip.Prefix, add bool) error {
	if add {
		return a.dp.AddAddress(swIf, p)
	}
	return a.dp.DeleteAddress(swIf, p)
}

// addressError gives an error of an operation on addresses its retval.
func addressError(err error) error {
	switch {
	case errors.Is(err, ErrAddressInUse):
		return api.Wrap(addressInUse, err)
	case errors.Is(err, ErrAddressUnknown):
		return api.Wrap(addressNotFound, err)
	case errors.Is(err, ErrAddressLength):
		return api.Wrap(addressLength, err)
	}
	return ifError(err)
}

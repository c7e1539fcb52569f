package gvpp

import (
	"net/netip"

	"github.com/gvpp/gvpp/nodes/ip"
)

// Addresses of interfaces are nodes/ip's, as all forwarding is; these are its operations under the dataplane's name.

// What operations on addresses refuse, for callers that test for it.
var (
	ErrAddressInUse   = ip.ErrAddressInUse
	ErrAddressThere   = ip.ErrAddressThere
	ErrAddressUnknown = ip.ErrAddressUnknown
	ErrAddressLength  = ip.ErrAddressLength
)

// IP is forwarding: addresses, routes, neighbours.
func (dp *Dataplane) IP() *ip.Plugin { return dp.ip }

// AddAddress gives an interface an address (see ip.Plugin.AddAddress).
func (dp *Dataplane) AddAddress(swIf uint32, p netip.Prefix) error { return dp.ip.AddAddress(swIf, p) }

// DeleteAddress takes an address away from an interface.
func (dp *Dataplane) DeleteAddress(swIf uint32, p netip.Prefix) error {
	return dp.ip.DeleteAddress(swIf, p)
}

// DeleteAddresses takes all addresses away from an interface, if it has any.
func (dp *Dataplane) DeleteAddresses(swIf uint32) error { return dp.ip.DeleteAddresses(swIf) }

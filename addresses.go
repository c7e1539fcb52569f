package gvpp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
)

// Addresses of interfaces. They are kept and shown, and nothing else yet: no packet is forwarded by them, and nothing answers for
// them, neither ARP nor ping.

// What operations on addresses refuse, for callers that test for it.
var (
	ErrAddressInUse   = errors.New("overlapping prefixes are for one interface only, and of one length there; see `show interface address`")
	ErrAddressUnknown = errors.New("see `show interface address`")
	ErrAddressLength  = errors.New("the prefix length of a link-local address must be 128")
)

// maxAddresses bounds the addresses of an interface. More make adding one slow, for it is compared with all.
const maxAddresses = 1024

// AddAddress gives an interface an address: the prefix has the host's bits, too. As in VPP, it must not overlap with what
// another interface has, or this one with another length; link-local ones, which have length 128, are each interface's own.
func (dp *Dataplane) AddAddress(swIf uint32, p netip.Prefix) error {
	if err := checkAddress(p); err != nil {
		return err
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	if len(i.addresses) >= maxAddresses {
		return api.Wrap(api.LimitExceeded, fmt.Errorf("gvpp: %s has %d addresses, which is the most; delete one first", i.spec.Name(), maxAddresses))
	}
	for other := range dp.here() {
		for _, has := range other.addresses {
			if !other.leaves && conflict(p, has, other == i) {
				return fmt.Errorf("gvpp: %v on %s conflicts with %v of %s: %w", p, i.spec.Name(), has, other.spec.Name(), ErrAddressInUse)
			}
		}
	}
	i.addresses = append(i.addresses, p)
	return nil
}

// checkAddress says what no interface can have.
func checkAddress(p netip.Prefix) error {
	switch a := p.Addr(); {
	case !p.IsValid():
		return errors.New("gvpp: no valid address: want ADDRESS/LENGTH")
	case a.IsMulticast(), a.IsUnspecified():
		return api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: %v is no interface's address: want one of a host", p))
	case a.Is6() && a.IsLinkLocalUnicast() && p.Bits() != 128:
		return fmt.Errorf("gvpp: %v: %w", p, ErrAddressLength)
	}
	return nil
}

// conflict says whether an interface cannot have p where this one, or another, has q.
func conflict(p, q netip.Prefix, same bool) bool {
	switch {
	case !same && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast():
		return false
	case same && p.Bits() == q.Bits():
		return p.Addr() == q.Addr()
	}
	return p.Overlaps(q)
}

// DeleteAddress takes an address away from an interface.
func (dp *Dataplane) DeleteAddress(swIf uint32, p netip.Prefix) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	at := slices.Index(i.addresses, p)
	if at < 0 {
		return fmt.Errorf("gvpp: %v not found for interface %s: %w", p, i.spec.Name(), ErrAddressUnknown)
	}
	i.addresses = slices.Delete(i.addresses, at, at+1)
	return nil
}

// DeleteAddresses takes all addresses away from an interface, if it has any.
func (dp *Dataplane) DeleteAddresses(swIf uint32) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err == nil {
		i.addresses = nil
	}
	return err
}

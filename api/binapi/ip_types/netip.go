package ip_types

import (
	"fmt"
	"net/netip"

	"github.com/gvpp/gvpp/api"
)

// AddressOf is an address on the wire. An address without a value is 0.0.0.0; an IPv4 address in IPv6's form stays IPv6, as it is
// in the packets that have it.
func AddressOf(a netip.Addr) (m Address) {
	if a.Is6() {
		m.Af = ADDRESS_IP6
		m.Un.SetIP6(a.As16())
	} else if a.Is4() {
		m.Un.SetIP4(a.As4())
	}
	return m
}

// Netip is the address for Go. Its error has the retval api.InvalidValue.
func (m *Address) Netip() (netip.Addr, error) {
	switch m.Af {
	case ADDRESS_IP4:
		return netip.AddrFrom4(m.Un.IP4()), nil
	case ADDRESS_IP6:
		return netip.AddrFrom16(m.Un.IP6()), nil
	}
	return netip.Addr{}, api.Wrap(api.InvalidValue, fmt.Errorf("address family %d: want %d (IPv4) or %d (IPv6)", m.Af, ADDRESS_IP4, ADDRESS_IP6))
}

// PrefixOf is a prefix on the wire; one without a value is 0.0.0.0/0.
func PrefixOf(p netip.Prefix) Prefix {
	return Prefix{AddressOf(p.Addr()), uint8(max(p.Bits(), 0))}
}

// Netip is the prefix for Go, with bits behind its length if it has any. Its error has the retval api.InvalidValue.
func (m *Prefix) Netip() (netip.Prefix, error) {
	a, err := m.Address.Netip()
	if err != nil {
		return netip.Prefix{}, err
	}
	if int(m.Len) > a.BitLen() {
		return netip.Prefix{}, api.Wrap(api.InvalidValue, fmt.Errorf("prefix %v/%d: an address of its family has %d bits", a, m.Len, a.BitLen()))
	}
	return netip.PrefixFrom(a, int(m.Len)), nil
}

package craft

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// kind is what the addresses of a header are, which says what header it is.
type kind uint8

const (
	none kind = iota
	mac
	ip4
	ip6
	port
)

// kindOf is what an address is, by the way it is written.
func kindOf(a string) kind {
	switch dots, colons := strings.Count(a, "."), strings.Count(a, ":"); {
	case a == "":
		return none
	case colons == 5 && !strings.Contains(a, "::"), colons == 0 && dots == 2:
		return mac
	case colons > 0:
		return ip6
	case dots == 3:
		return ip4
	case dots == 0:
		return port
	}
	return none
}

// address reads one address of a kind. An IPv6 address is given in two halves.
func (s *scanner) address(k kind) (high, low uint64, err *Error) {
	w := s.span(isAddress)
	ok, want := false, ""
	switch k {
	case mac:
		low, ok = parseMAC(w)
		want = "an Ethernet address such as 02:00:00:00:00:01 or 1.2.3"
	case ip4:
		a, e := netip.ParseAddr(w)
		if ok = e == nil && a.Is4(); ok {
			b := a.As4()
			low = uint64(binary.BigEndian.Uint32(b[:]))
		}
		want = "an IPv4 address such as 10.0.0.1"
	case ip6:
		a, e := netip.ParseAddr(w)
		if ok = e == nil && a.Is6(); ok {
			b := a.As16()
			high, low = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
		}
		want = "an IPv6 address such as 2001:db8::1"
	}
	if !ok {
		return 0, 0, s.wanted("%s", want)
	}
	s.at += len(w)
	return high, low, nil
}

// addresses reads an address or a range of them. high is the upper half of IPv6 ones, which a range must have in common.
func (s *scanner) addresses(k kind) (high uint64, v values, err *Error) {
	first := true
	v, err = s.ranged(func() (uint64, *Error) {
		before := s.at
		h, low, err := s.address(k)
		if err == nil && !first && h != high {
			s.at = before
			return 0, s.wanted("an address whose first 64 bits are those of the range's begin")
		}
		high, first = h, false
		return low, err
	})
	return high, v, err
}

// parseMAC reads both notations: six bytes with colons, or three 16-bit numbers with dots, all hexadecimal.
func parseMAC(a string) (uint64, bool) {
	parts, bits := strings.Split(a, ":"), 8
	if len(parts) == 1 {
		parts, bits = strings.Split(a, "."), 16
	}
	if len(parts)*bits != 48 {
		return 0, false
	}
	var v uint64
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 16, bits)
		if err != nil {
			return 0, false
		}
		v = v<<bits | n
	}
	return v, true
}

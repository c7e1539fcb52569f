package hostlink

import (
	"encoding/binary"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// check says what is wrong with a message that was read from a file.
func (k kind) check(m message) error {
	switch {
	case len(m) < k.head:
		return fmt.Errorf("a %s of %d bytes, want %d or more", k.name, len(m), k.head)
	case m[0] != unix.AF_INET && m[0] != unix.AF_INET6:
		return fmt.Errorf("a %s of family %d, want IPv4 or IPv6", k.name, m[0])
	}
	for b := m[k.head:]; len(b) > 0; {
		size := 0
		if len(b) >= unix.SizeofRtAttr {
			size = int(binary.NativeEndian.Uint16(b))
		}
		if size < unix.SizeofRtAttr || size > len(b) {
			return fmt.Errorf("a %s that is cut off", k.name)
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return nil
}

// check says what is wrong with settings that were read from a file.
func (s *settings) check() error {
	for _, l := range []struct {
		kind kind
		list []message
	}{{addresses, s.Addresses}, {routes, s.Routes}, {neighbours, s.Neighbours}} {
		for _, m := range l.list {
			if err := l.kind.check(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// addressText is an address as ip(8) has it: 192.0.2.1/24.
func addressText(m message) string {
	var ip net.IP
	for _, a := range m.attributes(addresses.head) {
		if a.kind == unix.IFA_LOCAL || a.kind == unix.IFA_ADDRESS && ip == nil {
			ip = a.value
		}
	}
	return fmt.Sprintf("%v/%d", ip, m[1])
}

// neighbourText is a neighbour as ip(8) has it: 192.0.2.9 lladdr 02:00:00:00:00:01.
func neighbourText(m message) (text string) {
	for _, a := range m.attributes(neighbours.head) {
		switch a.kind {
		case unix.NDA_DST:
			text = net.IP(a.value).String() + text
		case unix.NDA_LLADDR:
			text += " lladdr " + net.HardwareAddr(a.value).String()
		}
	}
	return text
}

// routeText is a route as ip(8) has it, as far as one needs it to add the route again: 198.51.100.0/24 via 192.0.2.1.
func routeText(m message) string {
	to, rest := "default", ""
	for _, a := range m.attributes(routes.head) {
		switch a.kind {
		case unix.RTA_DST:
			to = fmt.Sprintf("%v/%d", net.IP(a.value), m[1])
		case unix.RTA_GATEWAY:
			rest += " via " + net.IP(a.value).String()
		case unix.RTA_PREFSRC:
			rest += " src " + net.IP(a.value).String()
		case unix.RTA_PRIORITY:
			rest += fmt.Sprintf(" metric %d", u32of(a.value))
		case unix.RTA_TABLE:
			if t := u32of(a.value); t != unix.RT_TABLE_MAIN {
				rest += fmt.Sprintf(" table %d", t)
			}
		case unix.RTA_MULTIPATH:
			eachHop(a.value, func(hop []byte) {
				rest += " nexthop"
				for _, b := range message(hop).attributes(unix.SizeofRtNexthop) {
					if b.kind == unix.RTA_GATEWAY {
						rest += " via " + net.IP(b.value).String()
					}
				}
			})
		}
	}
	return to + rest
}

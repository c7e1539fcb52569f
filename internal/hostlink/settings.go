package hostlink

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// settings is what makes a device the host's: its addresses, the routes by it, its neighbours.
type settings struct {
	Addresses  []message `json:"addresses"`
	Routes     []message `json:"routes"`
	Neighbours []message `json:"neighbours"`
}

// read is the settings of the device. Routes that come with an address are left out.
func read(index int) (s settings, err error) {
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		a, err1 := addresses.dump(family)
		r, err2 := routes.dump(family)
		n, err3 := neighbours.dump(family)
		if err := errors.Join(err1, err2, err3); err != nil {
			return s, err
		}
		for _, m := range a {
			if int(u32of(m[4:])) == index {
				s.Addresses = append(s.Addresses, m)
			}
		}
		for _, m := range r {
			if isMovable(m) && mentions(m, index) {
				s.Routes = append(s.Routes, m)
			}
		}
		const usable = unix.NUD_PERMANENT | unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE
		for _, m := range n {
			if int(u32of(m[4:])) == index && binary.NativeEndian.Uint16(m[8:])&usable != 0 {
				s.Neighbours = append(s.Neighbours, m)
			}
		}
	}
	return s, nil
}

// isMovable reports whether a route is one of its own: not of the local table, not made by the kernel for an address,
// not a copy that the kernel caches.
func isMovable(m message) bool {
	const cloned = 0x200
	return m[4] != unix.RT_TABLE_LOCAL && m[5] != unix.RTPROT_KERNEL && m[5] != unix.RTPROT_REDIRECT && u32of(m[8:])&cloned == 0
}

// mentions reports whether a route leads to the device.
func mentions(m message, index int) (found bool) {
	for _, a := range m.attributes(routes.head) {
		switch a.kind {
		case unix.RTA_OIF:
			found = found || int(u32of(a.value)) == index
		case unix.RTA_MULTIPATH:
			eachHop(a.value, func(hop []byte) { found = found || int(u32of(hop[4:])) == index })
		}
	}
	return found
}

// eachHop calls f with the header of each hop of a multipath route: length, flags, weight, device.
func eachHop(b []byte, f func(hop []byte)) {
	for len(b) >= unix.SizeofRtNexthop {
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofRtNexthop || size > len(b) {
			return
		}
		f(b[:size])
		b = b[min(len(b), (size+3)&^3):]
	}
}

// routeOn is the route as the kernel takes it, leading to device to instead of from.
func routeOn(m message, from, to int) message {
	const attrExpires, attrNexthopID = 23, 30
	var list []attribute
	for _, a := range m.attributes(routes.head) {
		switch a.kind {
		case unix.RTA_OIF:
			if int(u32of(a.value)) == from {
				a.value = u32(uint32(to))
			}
		case unix.RTA_MULTIPATH:
			eachHop(a.value, func(hop []byte) {
				hop[2] &= unix.RTNH_F_ONLINK
				if int(u32of(hop[4:])) == from {
					binary.NativeEndian.PutUint32(hop[4:], uint32(to))
				}
			})
		case attrNexthopID:
			continue // what it stands for is in the message
		case unix.RTA_CACHEINFO: // not taken; but it tells when an IPv6 route expires
			const userHz = 100
			if len(a.value) < 12 || int32(u32of(a.value[8:])) <= 0 {
				continue
			}
			a = attribute{attrExpires, u32(u32of(a.value[8:])/userHz + 1)}
		}
		list = append(list, a)
	}
	out := m.with(routes.head, list)
	binary.NativeEndian.PutUint32(out[8:], u32of(out[8:])&unix.RTNH_F_ONLINK)
	return out
}

// addressOn is the address as the kernel takes it, on device to. Labels bear the name of a device and are left out
// elsewhere.
func addressOn(m message, home bool, to int) message {
	const asked = unix.IFA_F_NODAD | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN
	var list []attribute
	for _, a := range m.attributes(addresses.head) {
		if a.kind == unix.IFA_LABEL && !home {
			continue
		}
		if a.kind == unix.IFA_FLAGS {
			a.value = u32(u32of(a.value) & asked)
		}
		list = append(list, a)
	}
	out := m.with(addresses.head, list)
	out[2] &= asked & 0xff
	binary.NativeEndian.PutUint32(out[4:], uint32(to))
	return out
}

// neighbourOn is the neighbour as the kernel takes it, on device to. What is not permanent has to prove itself again.
func neighbourOn(m message, to int) message {
	var list []attribute
	for _, a := range m.attributes(neighbours.head) {
		if a.kind == unix.NDA_DST || a.kind == unix.NDA_LLADDR {
			list = append(list, a)
		}
	}
	out := m.with(neighbours.head, list)
	binary.NativeEndian.PutUint32(out[4:], uint32(to))
	if binary.NativeEndian.Uint16(out[8:]) != unix.NUD_PERMANENT {
		binary.NativeEndian.PutUint16(out[8:], unix.NUD_STALE)
	}
	return out
}

// put gives device to the settings that were read from device from, as many as it can: the errors name the others.
func (s *settings) put(from, to int, home bool) error {
	var errs []error
	for _, m := range s.Addresses {
		err := send(addresses.add, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, addressOn(m, home, to))
		if err != nil && !errors.Is(err, unix.EEXIST) {
			errs = append(errs, fmt.Errorf("address %s: %w", addressText(m), err))
		}
	}
	for _, m := range s.Neighbours {
		if err := send(neighbours.add, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, neighbourOn(m, to)); err != nil {
			errs = append(errs, fmt.Errorf("neighbour %s: %w", neighbourText(m), err))
		}
	}
	return errors.Join(append(errs, s.putRoutes(from, to)...)...)
}

// putRoutes adds the routes. One may need another to reach its gateway: those that fail are tried again while any succeeds.
func (s *settings) putRoutes(from, to int) (errs []error) {
	for left := s.Routes; len(left) > 0; {
		var failed []message
		errs = nil
		for _, m := range left {
			err := send(routes.add, unix.NLM_F_CREATE|unix.NLM_F_APPEND, routeOn(m, from, to))
			if err != nil && !errors.Is(err, unix.EEXIST) {
				failed, errs = append(failed, m), append(errs, fmt.Errorf("route %s: %w", routeText(m), err))
			}
		}
		if len(failed) == len(left) {
			break
		}
		left = failed
	}
	return errs
}

// drop takes the settings away from device to. What is gone already is no error.
func (s *settings) drop(from, to int) error {
	var errs []error
	gone := func(err error) bool {
		return err == nil || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV)
	}
	for _, m := range s.Routes {
		if err := send(routes.remove, 0, routeOn(m, from, to)); !gone(err) {
			errs = append(errs, fmt.Errorf("removing route %s: %w", routeText(m), err))
		}
	}
	for _, m := range s.Addresses {
		if err := send(addresses.remove, 0, addressOn(m, false, to)); !gone(err) {
			errs = append(errs, fmt.Errorf("removing address %s: %w", addressText(m), err))
		}
	}
	return errors.Join(errs...)
}

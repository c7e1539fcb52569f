package netlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// End is one end of a veth pair.
type End struct {
	Host   *Host
	Name   string
	Queues int              // receive and transmit queues each; 0 is 1
	MTU    int              // 0 is 1500
	MAC    net.HardwareAddr // nil lets the kernel choose
	Addrs  []string         // "10.0.0.1/24", "fd00::1/64"
}

// Pair connects two hosts and brings both ends up.
func (l *Lab) Pair(a, b End) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = a.Name, a.MTU, a.MAC
	attrs.NumRxQueues, attrs.NumTxQueues = max(a.Queues, 1), max(a.Queues, 1)
	veth := netlink.NewVeth(attrs)
	veth.PeerName, veth.PeerMTU, veth.PeerHardwareAddr = b.Name, uint32(b.MTU), b.MAC
	veth.PeerNumRxQueues, veth.PeerNumTxQueues = uint32(max(b.Queues, 1)), uint32(max(b.Queues, 1))
	veth.PeerNamespace = netlink.NsFd(b.Host.FD())
	if err := a.Host.nl.LinkAdd(veth); err != nil {
		return fmt.Errorf("netlab: pair %s of %q - %s of %q: %w", a.Name, a.Host.Name, b.Name, b.Host.Name, err)
	}
	if err := errors.Join(a.Host.Up(a.Name), b.Host.Up(b.Name)); err != nil {
		return err
	}
	for _, e := range []End{a, b} {
		if err := e.Host.WaitCarrier(e.Name); err != nil {
			return err
		}
		for _, addr := range e.Addrs { // after the carrier: an IPv6 address is not answered for at once otherwise
			if err := e.Host.Addr(e.Name, addr); err != nil {
				return err
			}
		}
	}
	return nil
}

// carrierPatience is how long WaitCarrier waits. The kernel brings a device's queues up some time after its peer is up,
// at most a second later (its link watch runs that often); what is sent before is lost.
const carrierPatience = 3 * time.Second

// WaitCarrier waits until a device that is up can send.
func (h *Host) WaitCarrier(name string) error {
	for end := time.Now().Add(carrierPatience); ; time.Sleep(time.Millisecond) {
		attrs, err := h.Link(name)
		if err != nil {
			return err
		}
		if attrs.OperState == netlink.OperUp || attrs.OperState == netlink.OperUnknown {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("netlab: host %q: %s has no carrier after %v", h.Name, name, carrierPatience)
		}
	}
}

// on finds the device and wraps the error of f.
func (h *Host) on(what, name string, f func(netlink.Link) error) error {
	link, err := h.nl.LinkByName(name)
	if err == nil {
		err = f(link)
	}
	if err != nil {
		return fmt.Errorf("netlab: host %q: %s %s: %w", h.Name, what, name, err)
	}
	return nil
}

// Up sets a device up; WaitCarrier tells when it can send.
func (h *Host) Up(name string) error { return h.on("set up", name, h.nl.LinkSetUp) }

// Down sets a device down.
func (h *Host) Down(name string) error { return h.on("set down", name, h.nl.LinkSetDown) }

// Delete removes a device; a veth end takes the other one along.
func (h *Host) Delete(name string) error { return h.on("delete", name, h.nl.LinkDel) }

// Rename gives a device, which has to be down, another name.
func (h *Host) Rename(name, to string) error {
	return h.on("rename", name, func(l netlink.Link) error { return h.nl.LinkSetName(l, to) })
}

// MTU sets a device's MTU.
func (h *Host) MTU(name string, mtu int) error {
	return h.on("set the MTU of", name, func(l netlink.Link) error { return h.nl.LinkSetMTU(l, mtu) })
}

// SetMAC gives a device another address; it may be up.
func (h *Host) SetMAC(name string, mac net.HardwareAddr) error {
	return h.on("set the MAC address of", name, func(l netlink.Link) error { return h.nl.LinkSetHardwareAddr(l, mac) })
}

// Link is what the kernel tells about a device now.
func (h *Host) Link(name string) (*netlink.LinkAttrs, error) {
	var attrs *netlink.LinkAttrs
	err := h.on("look up", name, func(l netlink.Link) error {
		attrs = l.Attrs()
		return nil
	})
	return attrs, err
}

// Addr gives a device an address with its prefix length, usable at once.
func (h *Host) Addr(name, cidr string) error {
	addr, err := netlink.ParseAddr(cidr)
	if err != nil {
		return fmt.Errorf("netlab: host %q: address %q: %w", h.Name, cidr, err)
	}
	if addr.IP.To4() == nil {
		addr.Flags |= unix.IFA_F_NODAD
	}
	err = h.on("add "+cidr+" to", name, func(l netlink.Link) error { return h.nl.AddrReplace(l, addr) })
	if err == nil && addr.IP.To4() == nil {
		err = h.waitSolicited(name, addr.IP)
	}
	return err
}

// DeleteAddr takes an address away from a device.
func (h *Host) DeleteAddr(name, cidr string) error {
	addr, err := netlink.ParseAddr(cidr)
	if err != nil {
		return fmt.Errorf("netlab: host %q: address %q: %w", h.Name, cidr, err)
	}
	return h.on("delete "+cidr+" of", name, func(l netlink.Link) error { return h.nl.AddrDel(l, addr) })
}

// waitSolicited waits until the device listens for neighbour solicitations to an address: the kernel joins that group
// some time after the address is there.
func (h *Host) waitSolicited(name string, ip net.IP) error {
	group := fmt.Sprintf("ff0200000000000000000001ff%x", []byte(ip[13:16]))
	return h.Do(func() error {
		for end := time.Now().Add(carrierPatience); time.Now().Before(end); time.Sleep(time.Millisecond) {
			groups, err := os.ReadFile("/proc/thread-self/net/igmp6")
			if err != nil {
				return fmt.Errorf("netlab: host %q: %w", h.Name, err)
			}
			for line := range strings.Lines(string(groups)) {
				if f := strings.Fields(line); len(f) > 2 && f[1] == name && f[2] == group {
					return nil
				}
			}
		}
		return fmt.Errorf("netlab: host %q: %s does not listen for %s", h.Name, name, ip)
	})
}

// Route sends what is for prefix ("10.0.2.0/24", "default") to the gateway.
func (h *Host) Route(prefix, gateway string) error {
	gw, err := netip.ParseAddr(gateway)
	if err != nil {
		return fmt.Errorf("netlab: host %q: gateway: %w", h.Name, err)
	}
	route := &netlink.Route{Gw: gw.AsSlice()}
	if prefix != "default" {
		if _, route.Dst, err = net.ParseCIDR(prefix); err != nil {
			return fmt.Errorf("netlab: host %q: route: %w", h.Name, err)
		}
	}
	if err := h.nl.RouteReplace(route); err != nil {
		return fmt.Errorf("netlab: host %q: route %s via %s: %w", h.Name, prefix, gateway, err)
	}
	return nil
}

// Neighbour makes the kernel know the link address of ip without asking.
func (h *Host) Neighbour(name, ip string, mac net.HardwareAddr) error {
	return h.on("add neighbour "+ip+" to", name, func(l netlink.Link) error {
		return h.nl.NeighSet(&netlink.Neigh{
			LinkIndex: l.Attrs().Index, IP: net.ParseIP(ip), HardwareAddr: mac, State: netlink.NUD_PERMANENT,
		})
	})
}

// Bridge adds a kernel bridge, up, with the given devices as its ports.
func (h *Host) Bridge(name string, ports ...string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	bridge := &netlink.Bridge{LinkAttrs: attrs}
	if err := h.nl.LinkAdd(bridge); err != nil {
		return fmt.Errorf("netlab: host %q: bridge %s: %w", h.Name, name, err)
	}
	for _, p := range ports {
		if err := h.on("add to bridge "+name, p, func(l netlink.Link) error { return h.nl.LinkSetMaster(l, bridge) }); err != nil {
			return err
		}
	}
	return h.Up(name)
}

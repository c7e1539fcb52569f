package netlab

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// TUN makes a TUN device, down, and returns its descriptor: a datagram written to it is received by the host, in the
// writer's time, and what the host sends is read from it, or lost once its queue is full. The device goes with the
// descriptor.
func (h *Host) TUN(name string) (fd int, err error) {
	err = h.Do(func() error {
		if fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err != nil {
			return err
		}
		ifr, err := unix.NewIfreq(name)
		if err == nil {
			ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
			err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
		}
		if err != nil {
			_ = unix.Close(fd)
		}
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("netlab: host %q: TUN device %s: %w", h.Name, name, err)
	}
	return fd, nil
}

// RouteDevice sends what is for a prefix, as "0.0.0.0/0", to a device that asks for no neighbours.
func (h *Host) RouteDevice(prefix, device string) error {
	_, dst, err := net.ParseCIDR(prefix)
	if err != nil {
		return fmt.Errorf("netlab: host %q: route: %w", h.Name, err)
	}
	return h.on("route "+prefix+" to", device, func(l netlink.Link) error {
		return h.nl.RouteReplace(&netlink.Route{Dst: dst, LinkIndex: l.Attrs().Index, Scope: netlink.SCOPE_LINK})
	})
}

// Package tap has interfaces whose other end is a network device of this host: what gvpp sends by one the host's stack receives, and
// the other way round.
//
// Terms: the tap is gvpp's end, the host device is the host's: a Linux TAP device, with addresses and routes like any other. It is made
// by Open, in a network namespace of the operator's choice, and goes with the descriptor: on Close, and however the process ends.
//
//	graph ── Tx ─> ring ── Flush: write ─> /dev/net/tun ─> host device ─> the host's stack
//	graph <─ Rx: read ──────────────────── /dev/net/tun <─ its queue <─── the host's stack
//
// Invariant: every queue is bounded, and so is what one pass of a worker reads and writes; what finds no room is counted. A packet is a
// system call, so a tap is for what is the host's own, not for what passes through: one queue, one worker.
//
// No offload is asked for: the host completes checksums and cuts up large segments before gvpp sees them. The package changes no
// device but the one that it made, and does not follow what becomes of its addresses.
package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
)

// What Open refuses, for callers that test for it.
var (
	ErrExists  = errors.New("the host has a device of that name, or allows none; choose another one with host-if-name")
	ErrInvalid = errors.New("see `help create tap`")
)

// Config says what a tap is to be. The zero value of a field leaves it to gvpp or the host.
type Config struct {
	ID  uint32           // N of tapN
	MAC net.HardwareAddr // gvpp's

	HostIf     string           // the host device's name; default tapN
	HostNS     string           // its network namespace: a name as in `ip netns`, a path, or pid:N; default: gvpp's
	HostMAC    net.HardwareAddr // default: the kernel's choice
	HostMTU    int              // bytes; default 1500
	HostIP4    netip.Prefix     // an address of the host device, with its network's length
	HostIP6    netip.Prefix
	HostGW4    netip.Addr // a default route by the host device
	HostGW6    netip.Addr
	HostBridge string // a bridge of the host's that the host device joins
}

// Interface is a tap as port.Interface: a recipe, and what is open of it.
type Interface struct {
	Config
	died chan struct{} // told when the host device was deleted by somebody else

	index   int              // the host device's; Open's
	hostMAC net.HardwareAddr // Open's
}

// New is the recipe of a tap.
func New(c Config) *Interface {
	c.HostIf = cmp.Or(c.HostIf, fmt.Sprintf("tap%d", c.ID))
	return &Interface{Config: c, died: make(chan struct{}, 1)}
}

// Name implements port.Interface.
func (i *Interface) Name() string { return fmt.Sprintf("tap%d", i.ID) }

// HostDevice is the number that the host gave to its device when the interface was opened, and the address that it had then.
func (i *Interface) HostDevice() (index int, mac net.HardwareAddr) { return i.index, i.hostMAC }

// linkHeaders is what a frame has beyond the MTU, in bytes: Ethernet header and two VLAN tags.
const linkHeaders = 14 + 2*4

// Bounds of a host device's MTU, in bytes: IPv4's and IPv6's least, and what Linux gives to one that nobody says anything of.
const (
	minMTU     = 68
	minMTU6    = 1280
	defaultMTU = 1500
)

// check finds what is wrong with the recipe. room is the bytes of the longest packet.
func (c *Config) check(room int) error {
	bad := func(format string, v ...any) error {
		return fmt.Errorf("tap: tap%d: %w: %w", c.ID, fmt.Errorf(format, v...), ErrInvalid)
	}
	if n := len(c.HostIf); n == 0 || n >= unix.IFNAMSIZ || strings.ContainsAny(c.HostIf, "/ %:\t\n") || c.HostIf == "." || c.HostIf == ".." {
		return bad("host-if-name %q: want 1 to %d characters, no blank, slash, colon or percent sign", c.HostIf, unix.IFNAMSIZ-1)
	}
	if c.HostMTU != 0 && (c.HostMTU < minMTU || c.HostMTU > room-linkHeaders) {
		return bad("host-mtu-size %d: want %d to %d, or larger buffers", c.HostMTU, minMTU, room-linkHeaders)
	}
	if c.HostMTU != 0 && c.HostMTU < minMTU6 && c.HostIP6.IsValid() {
		return bad("host-mtu-size %d with host-ip6-addr %v: want %d at least, which is IPv6's least", c.HostMTU, c.HostIP6, minMTU6)
	}
	for _, m := range []net.HardwareAddr{c.MAC, c.HostMAC} {
		if len(m) != 0 && (len(m) != 6 || m[0]&1 != 0 || [6]byte(m) == [6]byte{}) {
			return bad("address %v: want six numbers, not all 0, and not a group's (the first odd)", m)
		}
	}
	if a := c.HostIP4.Addr(); a.IsValid() && (!a.Is4() || a.IsUnspecified() || a.IsMulticast()) {
		return bad("host-ip4-addr %v: want a host's IPv4 address with its network's length", c.HostIP4)
	}
	if a := c.HostIP6.Addr(); a.IsValid() && (!a.Is6() || a.Is4In6() || a.IsUnspecified() || a.IsMulticast()) {
		return bad("host-ip6-addr %v: want a host's IPv6 address with its network's length", c.HostIP6)
	}
	if g := c.HostGW4; g.IsValid() && !g.Is4() || c.HostGW6.IsValid() && !c.HostGW6.Is6() {
		return bad("gateways %v and %v: want an IPv4 address and an IPv6 address", c.HostGW4, c.HostGW6)
	}
	return nil
}

// Watch implements port.Watcher.
func (i *Interface) Watch(ctx context.Context, emit func(port.Event)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-i.died:
			emit(port.Gone)
		}
	}
}

package gvpp

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

// What the operator sets of an interface's link: its address and the lengths of packets.

// MTUs are the lengths, in bytes, of the longest packets that an interface sends; 0 is the one above: of protocols L3, of L3 what
// the device can do. The places are those of VPP's messages.
type MTUs [4]uint32

// The places in MTUs.
const (
	MTUL3 = iota
	MTUIP4
	MTUIP6
	MTUMPLS
)

// ErrFixedLink is what setting something that is not the dataplane's to set is refused with.
var ErrFixedLink = errors.New("the interface's link is not gvpp's to set")

// info describes an interface's device, as the operator has set it. There must be one; dp.mu is held.
func (i *iface) info() port.Info {
	info := i.device.Info()
	if i.mac != nil {
		info.MAC = i.mac
	}
	if i.linkMTU != 0 {
		info.MTU = i.linkMTU
	}
	return info
}

// mtuOf is the length of the longest packet of a protocol; 0 where nobody knows. dp.mu is held.
func (i *iface) mtuOf(protocol int) int {
	for _, m := range []uint32{i.mtus[protocol], i.mtus[MTUL3]} {
		if m != 0 {
			return int(m)
		}
	}
	if i.device == nil {
		return 0
	}
	return i.info().MTU
}

// SetHardwareAddr gives an interface that has no wire another address. Its sub-interfaces share it.
func (dp *Dataplane) SetHardwareAddr(ctx context.Context, swIf uint32, mac net.HardwareAddr) error {
	if len(mac) != 6 || mac[0]&1 != 0 || [6]byte(mac) == [6]byte{} {
		return api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: address %v: want six numbers, not all 0, and not a group's (the first odd)", mac))
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	if s, ok := i.sub(); ok {
		return fmt.Errorf("gvpp: address of %q: set that of %s, which it shares: %w", i.spec.Name(), s.parent.spec.Name(), ErrFixedLink)
	}
	if i.device == nil || !i.device.Info().Software {
		return fmt.Errorf("gvpp: address of %q: set it where the device is, as with `ip link set DEVICE address %v` on the host: %w", i.spec.Name(), mac, ErrFixedLink)
	}
	i.mac = append(net.HardwareAddr(nil), mac...)
	dp.relink()
	return dp.Published(ctx)
}

// Bounds of MTUs, in bytes: what IPv4 needs at least, and what a datagram's length can say.
const (
	minMTU = 68
	maxMTU = 65535
)

// SetMTUs says how long packets may be that an interface sends.
func (dp *Dataplane) SetMTUs(swIf uint32, mtus MTUs) error {
	return dp.changeMTUs(swIf, func(m *MTUs) { *m = mtus })
}

func (dp *Dataplane) changeMTUs(swIf uint32, change func(m *MTUs)) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	next := i.mtus
	change(&next)
	for _, m := range next {
		if m != 0 && (m < minMTU || m > maxMTU) {
			return api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: MTU %d of %q: want %d to %d, or 0 for the device's", m, i.spec.Name(), minMTU, maxMTU))
		}
	}
	i.mtus = next
	dp.relink()
	return nil
}

// SetLinkMTU says how long packets may be that an interface's device takes, no longer than the device can do; 0 is just that.
func (dp *Dataplane) SetLinkMTU(swIf uint32, mtu int) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	if _, ok := i.sub(); ok || i.device == nil {
		return api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: MTU of the device of %q, which has none: set that of packets, or the parent's: %w", i.spec.Name(), ErrFixedLink))
	}
	can := i.device.Info().MTU
	if can == 0 {
		can = dp.pool.Room() - frameHeaders
	}
	if mtu != 0 && (mtu < minMTU || mtu > can) {
		return api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: MTU %d of the device of %q: want %d to %d, or 0 for that", mtu, i.spec.Name(), minMTU, can))
	}
	i.linkMTU = mtu
	dp.relink()
	return nil
}

// registerLinkSettings declares the commands.
func (b base) registerLinkSettings(r *plugin.Registry) {
	r.CLI("set interface mac address", "set interface mac address IF ADDRESS\nGives an interface another Ethernet address, if it has no wire: a loopback, a packet generator's.", b.setMAC)
	r.Complete(func([]string) []string { return b.InterfaceNames() })
	r.CLI("set interface mtu", "set interface mtu [packet|ip4|ip6|mpls] N IF\nBounds the packets that IF sends, in bytes from the network header on: what the device takes, of all protocols, or of one; 0 undoes that.", b.setMTU)
	r.Complete(func(args []string) []string {
		return append([]string{"packet", "ip4", "ip6", "mpls"}, b.InterfaceNames()...)
	})
}

func (b base) setMAC(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	mac, err := macWord(c.Args, "set interface mac address")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return err
	}
	return b.SetHardwareAddr(c.Context, swIf, mac)
}

func (b base) setMTU(c *cli.Call) error {
	protocol := -1
	for at, word := range []string{"packet", "ip4", "ip6", "mpls"} {
		if c.Args.Keyword(word) {
			protocol = at
			break
		}
	}
	n, err := c.Args.Uint("an MTU", 0, maxMTU)
	if err != nil {
		return err
	}
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return err
	}
	if protocol < 0 {
		return b.SetLinkMTU(swIf, int(n))
	}
	return b.changeMTUs(swIf, func(m *MTUs) { m[protocol] = uint32(n) })
}

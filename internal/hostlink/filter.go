package hostlink

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Filter is what gvpp puts between a network card and the host:
//
//	        ┌───── kernel bridge: carries on while no gvpp lives ─────┐
//	NIC ────┤                                                        ├── h0 ══ h1   the host's addresses and routes
//	        └───── gvpp over AF_XDP: ahead of the bridge ─────────────┘      veth
//
// h1 has the NIC's link address, so that nobody outside notices; the bridge is told that this address is behind h0, and
// has no address that it would answer to.
type Filter struct {
	NIC    string `json:"nic"`
	Bridge string `json:"bridge"`
	H0     string `json:"h0"`
	H1     string `json:"h1"`
	PID    int    `json:"pid"` // of the gvpp that made it

	Index    int               `json:"index"` // of the NIC
	Settings settings          `json:"settings"`
	Sysctls  map[string]string `json:"sysctls"` // as they were, by path below /proc/sys/net; * is the NIC

	path  string    // of the journal
	saved bool      // it is there, and ours
	guard io.Writer // see Guard; nil: none
}

// Plan reads how the NIC is set up and says what stands against a filter. It changes nothing.
func Plan(nic, stateDir string) (*Filter, error) {
	if err := checkState(nic, stateDir); err != nil {
		return nil, err
	}
	l, err := checkNIC(nic)
	if err != nil {
		return nil, err
	}
	f := &Filter{NIC: nic, Bridge: fitting("gvbr-", l), H0: fitting("h0-", l), H1: fitting("h1-", l), PID: os.Getpid(), Index: l.Attrs().Index, path: journalPath(stateDir, nic)}
	for _, name := range []string{f.Bridge, f.H0, f.H1} {
		if _, err := netlink.LinkByName(name); err == nil {
			return nil, fmt.Errorf("an interface %s exists already: remove it if nobody needs it: ip link del %s", name, name)
		}
	}
	if f.Settings, err = read(f.Index); err != nil {
		return nil, err
	}
	f.Sysctls = map[string]string{}
	for _, name := range slices.Concat(changedOnNIC, netfilter) {
		if v, err := readSysctl(nic, name); err == nil {
			f.Sysctls[name] = v
		}
	}
	return f, nil
}

// fitting is a name for a device that goes with another one, within the kernel's 15 bytes.
func fitting(prefix string, l netlink.Link) string {
	name := prefix + l.Attrs().Name
	if len(name) >= unix.IFNAMSIZ {
		name = fmt.Sprintf("%s%d", prefix, l.Attrs().Index)
	}
	return name
}

// Addresses are the host's on the NIC, as text.
func (f *Filter) Addresses() (out []string) {
	for _, m := range f.Settings.Addresses {
		out = append(out, addressText(m))
	}
	return out
}

// Setup builds the filter's devices and moves the host behind them. queues is how many queues the veth pair gets. After an
// error, as at the end, Undo puts everything back.
func (f *Filter) Setup(queues int) error {
	if err := f.save(); err != nil {
		return err
	}
	nic, err := netlink.LinkByName(f.NIC)
	if err != nil {
		return fmt.Errorf("%s: %w", f.NIC, err)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"making the veth pair " + f.H0 + ", " + f.H1, func() error { return f.addPair(nic.Attrs(), queues) }},
		{"making the bridge " + f.Bridge, f.addBridge},
		{"waiting for " + f.H1, func() error { return waitCarrier(f.H0, f.H1) }},
		{"putting " + f.NIC + " into the bridge", func() error { return f.join(nic) }},
		{"moving the addresses to " + f.H1, f.move},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	f.tell(hostSafe)
	return nil
}

// addPair makes h0 and h1.
func (f *Filter) addPair(nic *netlink.LinkAttrs, queues int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.NumRxQueues, attrs.NumTxQueues = f.H0, nic.MTU, queues, queues
	veth := netlink.NewVeth(attrs)
	veth.PeerName, veth.PeerMTU, veth.PeerHardwareAddr = f.H1, uint32(nic.MTU), nic.HardwareAddr
	veth.PeerNumRxQueues, veth.PeerNumTxQueues = uint32(queues), uint32(queues)
	if err := netlink.LinkAdd(veth); err != nil {
		return err
	}
	_ = writeSysctl(f.H0, "ipv6/conf/*/disable_ipv6", "1") // not there: no IPv6, as wanted
	for _, name := range copiedToHost {
		if v, err := readSysctl(f.NIC, name); err == nil {
			_ = writeSysctl(f.H1, name, v)
		}
	}
	_ = writeSysctl(f.H1, "ipv6/conf/*/addr_gen_mode", "1") // none: the NIC's own addresses come
	_ = writeSysctl(f.H1, "ipv6/conf/*/accept_dad", "0")    // and are known to be nobody else's
	return errors.Join(up(f.H0), up(f.H1))
}

// addBridge makes the bridge with h0 in it. It learns and floods, and is no host: without ARP and IPv6, nobody can talk to
// it.
func (f *Filter) addBridge() error {
	mac := make(net.HardwareAddr, 6)
	_, _ = rand.Read(mac) // never fails
	mac[0] = mac[0]&^1 | 2
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = f.Bridge, mac
	off := false
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &off} // STP is off by itself: ports forward at once
	for _, name := range netfilter {
		_ = writeSysctl("", name, "0") // not there: no netfilter, as wanted
	}
	if err := netlink.LinkAdd(bridge); err != nil {
		return err
	}
	_ = writeSysctl(f.Bridge, "ipv6/conf/*/disable_ipv6", "1")
	if err := netlink.LinkSetARPOff(bridge); err != nil {
		return err
	}
	h0, err := netlink.LinkByName(f.H0)
	if err != nil {
		return err
	}
	if err := netlink.LinkSetMaster(h0, bridge); err != nil {
		return err
	}
	return up(f.Bridge)
}

// join makes the NIC a port of the bridge, which then believes the NIC's link address to be its own: it is behind h0.
func (f *Filter) join(nic netlink.Link) error {
	bridge, err := netlink.LinkByName(f.Bridge)
	if err != nil {
		return err
	}
	h0, err := netlink.LinkByName(f.H0)
	if err != nil {
		return err
	}
	if err := netlink.LinkSetMaster(nic, bridge); err != nil {
		return err
	}
	return netlink.NeighSet(&netlink.Neigh{
		LinkIndex: h0.Attrs().Index, Family: unix.AF_BRIDGE, Flags: netlink.NTF_MASTER, State: netlink.NUD_NOARP, HardwareAddr: nic.Attrs().HardwareAddr,
	})
}

// move gives h1 what the NIC has, and takes it away from the NIC. From join on until it is done, packets come in by h1,
// which may not have their addresses yet, or not be where the way back leads (rp_filter): a gvpp that is killed in between
// leaves that to its guard.
func (f *Filter) move() error {
	h1, err := netlink.LinkByName(f.H1)
	if err != nil {
		return err
	}
	if err := f.Settings.put(f.Index, h1.Attrs().Index, false); err != nil {
		return err
	}
	if err := f.Settings.drop(f.Index, f.Index); err != nil {
		return err
	}
	_ = writeSysctl(f.NIC, "ipv6/conf/*/disable_ipv6", "1")
	_ = writeSysctl(f.Bridge, "ipv4/conf/*/rp_filter", "1") // broadcasts are h1's to hear
	if v, ok := f.Sysctls["ipv6/conf/*/accept_dad"]; ok {
		_ = writeSysctl(f.H1, "ipv6/conf/*/accept_dad", v)
	}
	return nil
}

func up(name string) error {
	l, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetUp(l)
	}
	return err
}

// carrierPatience is how long devices that are up may take until they can send: the kernel's link watch may take a second.
const carrierPatience = 3 * time.Second

func waitCarrier(names ...string) error {
	for end := time.Now().Add(carrierPatience); len(names) > 0; {
		l, err := netlink.LinkByName(names[0])
		switch {
		case err != nil:
			return err
		case l.Attrs().OperState == netlink.OperUp:
			names = names[1:]
		case time.Now().After(end):
			return fmt.Errorf("%s has no carrier after %v", names[0], carrierPatience)
		default:
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

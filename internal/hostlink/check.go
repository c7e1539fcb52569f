package hostlink

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// checkNIC says what stands against a filter on the NIC: what would not work, or cut the host off.
func checkNIC(nic string) (netlink.Link, error) {
	l, err := netlink.LinkByName(nic)
	if err != nil {
		return nil, fmt.Errorf("interface %q: %w; `ip link` shows what there is", nic, err)
	}
	a := l.Attrs()
	switch {
	case a.Flags&net.FlagLoopback != 0 || a.EncapType != "ether":
		return nil, fmt.Errorf("%s is no Ethernet interface (%s): only those can be filtered", nic, a.EncapType)
	case a.Flags&net.FlagUp == 0:
		return nil, fmt.Errorf("%s is down: bring it up first: ip link set %s up", nic, nic)
	case a.RawFlags&unix.IFF_LOWER_UP == 0:
		return nil, fmt.Errorf("%s has no carrier: connect it first, so that it shows whether the host can still be reached", nic)
	case a.MasterIndex != 0:
		return nil, fmt.Errorf("%s is a port of %s: filter that one, or release the port first: ip link set %s nomaster", nic, nameOf(a.MasterIndex), nic)
	case l.Type() == "bridge" || l.Type() == "openvswitch":
		return nil, fmt.Errorf("%s is a %s, which cannot be in a bridge: filter its ports one by one", nic, l.Type())
	case a.Xdp != nil && a.Xdp.Attached:
		return nil, fmt.Errorf("%s has an XDP program (id %d) of somebody else: `gvpp doctor %s` tells whose", nic, a.Xdp.ProgId, nic)
	}
	return l, errors.Join(checkStacked(l), checkNetfilter())
}

// checkStacked refuses a NIC that carries other devices: their packets would go to gvpp and not find back.
func checkStacked(nic netlink.Link) error {
	list, err := netlink.LinkList()
	if err != nil {
		return err
	}
	for _, l := range list {
		switch l.Type() {
		case "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec":
			if l.Attrs().ParentIndex == nic.Attrs().Index {
				return fmt.Errorf("%s carries the %s interface %s, which would be cut off: filter between two interfaces with `gvpp run` instead, or remove it",
					nic.Attrs().Name, l.Type(), l.Attrs().Name)
			}
		}
	}
	return nil
}

// netfilter are the switches that send bridged packets through iptables: the host's forwarding rules would then decide
// whether it can be reached when gvpp is gone. They are for all bridges; on a kernel without them the files are missing.
var netfilter = []string{"bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables", "bridge/bridge-nf-call-arptables"}

// checkNetfilter refuses to turn these off where there is another bridge that may need them.
func checkNetfilter() error {
	list, err := netlink.LinkList()
	if err != nil {
		return err
	}
	for _, name := range netfilter {
		v, err := readSysctl("", name)
		if err != nil || v == "0" {
			continue
		}
		for _, l := range list {
			if l.Type() == "bridge" {
				return fmt.Errorf("bridged packets go through netfilter here, whose FORWARD rules might cut the host off when gvpp is gone, and there is another bridge (%s) that may need that: if it does not, run: sysctl -w net.%s=0",
					l.Attrs().Name, strings.ReplaceAll(name, "/", "."))
			}
		}
	}
	return nil
}

func nameOf(index int) string {
	l, err := netlink.LinkByIndex(index)
	if err != nil {
		return fmt.Sprintf("interface %d", index)
	}
	return l.Attrs().Name
}

// changedOnNIC are the settings of the NIC that Setup changes; * stands for the device.
var changedOnNIC = []string{"ipv6/conf/*/disable_ipv6", "ipv6/conf/*/addr_gen_mode", "ipv6/conf/*/accept_dad"}

// copiedToHost are the settings that make h1 behave as the NIC did.
var copiedToHost = []string{
	"ipv4/conf/*/rp_filter", "ipv4/conf/*/forwarding", "ipv4/conf/*/arp_ignore", "ipv4/conf/*/arp_announce", "ipv4/conf/*/arp_filter",
	"ipv4/conf/*/accept_redirects", "ipv4/conf/*/send_redirects", "ipv4/conf/*/accept_source_route", "ipv4/conf/*/accept_local",
	"ipv4/conf/*/log_martians", "ipv4/conf/*/proxy_arp", "ipv4/conf/*/route_localnet", "ipv4/conf/*/src_valid_mark",
	"ipv6/conf/*/forwarding", "ipv6/conf/*/accept_ra", "ipv6/conf/*/accept_ra_defrtr", "ipv6/conf/*/accept_ra_pinfo", "ipv6/conf/*/autoconf",
	"ipv6/conf/*/use_tempaddr", "ipv6/conf/*/accept_redirects", "ipv6/conf/*/hop_limit", "ipv6/conf/*/disable_ipv6",
}

func sysctlPath(dev, name string) string {
	return "/proc/sys/net/" + strings.Replace(name, "*", dev, 1)
}

func readSysctl(dev, name string) (string, error) {
	v, err := os.ReadFile(sysctlPath(dev, name))
	return strings.TrimSpace(string(v)), err
}

func writeSysctl(dev, name, value string) error {
	return os.WriteFile(sysctlPath(dev, name), []byte(value), 0o644)
}

package tap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// namespaceDir is where `ip netns` keeps its names.
const namespaceDir = "/var/run/netns/"

// namespacePath is the file of a namespace by its name.
func namespacePath(name string) string {
	pid, isPID := strings.CutPrefix(name, "pid:")
	switch {
	case isPID:
		return "/proc/" + pid + "/ns/net"
	case strings.HasPrefix(name, "/"):
		return name
	}
	return namespaceDir + name
}

// openNamespace opens a namespace's file, and no other: to open a pipe may take for ever, a device may begin to work.
func openNamespace(path string) (netns.NsHandle, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return netns.None(), err
	}
	if s.Type != unix.NSFS_MAGIC {
		return netns.None(), errors.New("the file is no namespace")
	}
	return netns.GetFromPath(path)
}

// inNamespace runs f on a thread in a network namespace; "" is that of the calling thread. What f opens stays there.
func inNamespace(name string, f func() error) error {
	if name == "" {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		return f()
	}
	ns, err := openNamespace(namespacePath(name))
	if err != nil {
		return fmt.Errorf("network namespace %q: %w; want a name of `ip netns`, a path, or pid:N", name, err)
	}
	defer ns.Close()
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := netns.Set(ns); err != nil {
			result <- fmt.Errorf("network namespace %q: entering it: %w", name, err)
			return
		}
		result <- f()
	}()
	return <-result
}

// setHost gives the host device what the recipe says, and brings it up. It works in the calling thread's namespace.
func (i *Interface) setHost(mtu int) error {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer h.Close()
	link, err := h.LinkByName(i.HostIf)
	if err != nil {
		return err
	}
	if i.index, i.hostMAC = link.Attrs().Index, link.Attrs().HardwareAddr; len(i.HostMAC) != 0 {
		i.hostMAC = i.HostMAC
		if err := h.LinkSetHardwareAddr(link, i.HostMAC); err != nil {
			return fmt.Errorf("host-mac-addr %v: %w", i.HostMAC, err)
		}
	}
	if err := h.LinkSetMTU(link, mtu); err != nil {
		return fmt.Errorf("host-mtu-size %d: %w", mtu, err)
	}
	if i.HostBridge != "" {
		bridge, err := h.LinkByName(i.HostBridge)
		if err == nil {
			err = h.LinkSetMaster(link, bridge)
		}
		if err != nil {
			return fmt.Errorf("host-bridge %q: %w; make it with: ip link add %s type bridge", i.HostBridge, err, i.HostBridge)
		}
	}
	for _, a := range []netip.Prefix{i.HostIP4, i.HostIP6} {
		if !a.IsValid() {
			continue
		}
		if err := h.AddrAdd(link, address(a)); err != nil {
			return fmt.Errorf("address %v: %w", a, err)
		}
	}
	if err := h.LinkSetUp(link); err != nil {
		return fmt.Errorf("bringing it up: %w", err)
	}
	return i.setGateways(h, link)
}

// setGateways sets default routes, which an interface that is up only can have.
func (i *Interface) setGateways(h *netlink.Handle, link netlink.Link) error {
	for _, gw := range []netip.Addr{i.HostGW4, i.HostGW6} {
		if !gw.IsValid() {
			continue
		}
		err := h.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: gw.AsSlice()})
		if errors.Is(err, unix.EEXIST) {
			err = fmt.Errorf("%w: there is a default route already; take it away first, or leave the gateway out", err)
		}
		if err != nil {
			return fmt.Errorf("default route by %v: %w", gw, err)
		}
	}
	return nil
}

func address(p netip.Prefix) *netlink.Addr {
	return &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}}
}

package hostlink

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// Undo puts everything back as it was before Setup, however far that came, and forgets the journal. What the kernel no
// longer takes, such as a route whose source address is gone meanwhile, is in the error and keeps nothing else from being
// put back. Where Setup failed before it began, because another one was first, nothing is touched.
func (f *Filter) Undo() error {
	if !f.saved {
		return nil
	}
	unlock, gone, err := f.lock()
	if err != nil || gone {
		return err
	}
	defer unlock()
	f.tell(hostMoves)
	nic, err := netlink.LinkByName(f.NIC)
	if err != nil {
		err = errors.Join(f.removeLinks(), fmt.Errorf("%s is gone, nothing could be put back on it: its addresses were %v", f.NIC, f.Addresses()))
		return errors.Join(err, f.forget())
	}
	lost := f.restore(nic)
	if lost != nil {
		lost = fmt.Errorf("%s lacks something that it had, add it by hand: %w", f.NIC, lost)
	}
	if err := errors.Join(f.leave(nic), f.removeLinks()); err != nil {
		return errors.Join(lost, fmt.Errorf("not everything could be taken down, try again: gvpp host-filter --undo %s: %w", f.NIC, err))
	}
	return errors.Join(lost, f.forget())
}

// restore gives the NIC what it had, as far as that goes. The bridge still carries packets meanwhile.
func (f *Filter) restore(nic netlink.Link) error {
	_ = writeSysctl(f.NIC, "ipv6/conf/*/accept_dad", "0")
	_ = writeSysctl(f.NIC, "ipv6/conf/*/addr_gen_mode", "1")
	if v, ok := f.Sysctls["ipv6/conf/*/disable_ipv6"]; ok {
		_ = writeSysctl(f.NIC, "ipv6/conf/*/disable_ipv6", v)
	}
	err := f.Settings.put(f.Index, nic.Attrs().Index, true)
	for _, name := range []string{"ipv6/conf/*/addr_gen_mode", "ipv6/conf/*/accept_dad"} {
		if v, ok := f.Sysctls[name]; ok {
			_ = writeSysctl(f.NIC, name, v)
		}
	}
	return err
}

// leave takes the host away from h1, and the NIC out of the bridge.
func (f *Filter) leave(nic netlink.Link) error {
	var errs []error
	if h1, err := netlink.LinkByName(f.H1); err == nil {
		errs = append(errs, f.Settings.drop(f.Index, h1.Attrs().Index))
	}
	if b, err := netlink.LinkByName(f.Bridge); err == nil && nic.Attrs().MasterIndex == b.Attrs().Index {
		errs = append(errs, netlink.LinkSetNoMaster(nic))
	}
	return errors.Join(errs...)
}

// removeLinks removes the bridge and the veth pair.
func (f *Filter) removeLinks() error {
	var errs []error
	for _, name := range []string{f.H0, f.Bridge} {
		l, err := netlink.LinkByName(name)
		if errors.As(err, &netlink.LinkNotFoundError{}) {
			continue
		}
		if err == nil {
			err = netlink.LinkDel(l)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("removing %s: %w", name, err))
		}
	}
	for _, name := range netfilter {
		if v, ok := f.Sysctls[name]; ok {
			_ = writeSysctl("", name, v)
		}
	}
	return errors.Join(errs...)
}

func (f *Filter) forget() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

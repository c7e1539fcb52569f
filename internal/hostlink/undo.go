package hostlink

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// Undo puts everything back as it was before Setup, however far that came, and forgets the journal. It may be called
// again after an error. Where Setup failed before it began, because another one was first, nothing is touched.
func (f *Filter) Undo() error {
	if !f.saved {
		return nil
	}
	nic, err := netlink.LinkByName(f.NIC)
	if err != nil {
		err = errors.Join(f.removeLinks(), fmt.Errorf("%s is gone, nothing could be put back on it: its addresses were %v", f.NIC, f.Addresses()))
		return errors.Join(err, f.forget())
	}
	if err := f.restore(nic); err != nil {
		return fmt.Errorf("%s: %w", f.NIC, err)
	}
	if err := f.removeLinks(); err != nil {
		return err
	}
	return f.forget()
}

// restore gives the NIC what it had. The bridge still carries packets meanwhile; it is left last.
func (f *Filter) restore(nic netlink.Link) error {
	index := nic.Attrs().Index
	_ = writeSysctl(f.NIC, "ipv6/conf/*/accept_dad", "0")
	_ = writeSysctl(f.NIC, "ipv6/conf/*/addr_gen_mode", "1")
	if v, ok := f.Sysctls["ipv6/conf/*/disable_ipv6"]; ok {
		_ = writeSysctl(f.NIC, "ipv6/conf/*/disable_ipv6", v)
	}
	if err := f.Settings.put(f.Index, index, true); err != nil {
		return err
	}
	for _, name := range []string{"ipv6/conf/*/addr_gen_mode", "ipv6/conf/*/accept_dad"} {
		if v, ok := f.Sysctls[name]; ok {
			_ = writeSysctl(f.NIC, name, v)
		}
	}
	if h1, err := netlink.LinkByName(f.H1); err == nil {
		if err := f.Settings.drop(f.Index, h1.Attrs().Index); err != nil {
			return err
		}
	}
	if b, err := netlink.LinkByName(f.Bridge); err == nil && nic.Attrs().MasterIndex == b.Attrs().Index {
		return netlink.LinkSetNoMaster(nic)
	}
	return nil
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

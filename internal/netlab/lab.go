// Package netlab builds small networks inside this machine's kernel, for the demo and the system tests.
//
// Terms: a lab is a set of hosts; a host is a network namespace without a name, held by a descriptor, gone with the
// process; a pair is a veth cable between two hosts. The host called dataplane in the drawing is one like any other: it
// has the far ends of the cables and runs the program under test.
//
//	┌──────────┐      ┌────────────────────┐      ┌──────────┐
//	│ host a   │ veth │ host "dataplane"   │ veth │ host b   │
//	│     eth0 ├──────┤ left         right ├──────┤ eth0     │
//	└──────────┘      └────────────────────┘      └──────────┘
//
// Invariant: nothing outside the lab's own namespaces is touched, and nothing of them is left after Close or after the
// process has ended, however it did.
//
// A namespace belongs to an OS thread. Host.Do runs a function on a thread inside; what that function opens (sockets,
// AF_XDP, netlink) stays inside wherever it is used later, but a goroutine that it starts runs outside.
//
// The package uses netlink only, no programs, and needs CAP_SYS_ADMIN and CAP_NET_ADMIN.
package netlab

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// ErrPrivilege says that this process may not create network namespaces.
var ErrPrivilege = errors.New("netlab: network namespaces need root (CAP_SYS_ADMIN and CAP_NET_ADMIN); run as root, or with: unshare -r -n")

// Lab is a set of hosts. Its methods may be called from any goroutine.
type Lab struct {
	mu    sync.Mutex
	hosts []*Host // guarded by mu
}

// New makes a lab without hosts. Its error is ErrPrivilege where the kernel would refuse.
func New() (*Lab, error) {
	l := &Lab{}
	h, err := l.Host("probe")
	if err != nil {
		return nil, err
	}
	l.hosts = nil
	return l, h.close()
}

// Host is one network namespace with its loopback device up.
type Host struct {
	Name string
	ns   netns.NsHandle
	nl   *netlink.Handle
}

// Host adds a host.
func (l *Lab) Host(name string) (*Host, error) {
	ns, err := newNamespace()
	if errors.Is(err, unix.EPERM) {
		return nil, ErrPrivilege
	}
	if err != nil {
		return nil, fmt.Errorf("netlab: host %q: new namespace: %w", name, err)
	}
	h := &Host{Name: name, ns: ns}
	h.nl, err = netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
	if err == nil {
		err = h.prepare()
	}
	if err != nil {
		_ = h.close()
		return nil, fmt.Errorf("netlab: host %q: %w", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts = append(l.hosts, h)
	return h, nil
}

// newNamespace makes a namespace on a thread that ends with it.
func newNamespace() (ns netns.NsHandle, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the runtime ends the thread with the goroutine
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			ns, err = netns.Get()
		}
	}()
	<-done
	return ns, err
}

// prepare brings loopback up and turns off what would make tests slow or noisy.
func (h *Host) prepare() error {
	if err := h.Up("lo"); err != nil {
		return err
	}
	return h.Do(func() error {
		for _, set := range [...]struct{ name, value string }{
			{"ipv6/conf/default/accept_dad", "0"}, // addresses are usable at once
			{"ipv6/conf/default/accept_ra", "0"},
			{"ipv4/ping_group_range", "0 2147483647"},
		} {
			if err := setSysctl(set.name, set.value); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

// Do runs f on a thread inside the host's namespace and returns its error.
func (h *Host) Do(f func() error) error {
	result := make(chan error, 1)
	go func() {
		err := errors.New("netlab: the function did not return") // it may call runtime.Goexit, as t.Fatal does
		defer func() { result <- err }()
		runtime.LockOSThread()
		home, err1 := netns.Get()
		if err1 != nil {
			err = fmt.Errorf("netlab: own namespace: %w", err1)
			return
		}
		defer home.Close()
		if err1 := netns.Set(h.ns); err1 != nil {
			err = fmt.Errorf("netlab: entering host %q: %w", h.Name, err1)
			return
		}
		defer func() {
			if netns.Set(home) == nil {
				runtime.UnlockOSThread() // else the thread ends with the goroutine
			}
		}()
		err = f()
	}()
	return <-result
}

// FD is the descriptor of the namespace, for handing it to a child process. It is the host's.
func (h *Host) FD() int { return int(h.ns) }

// Enter moves the calling thread, which the caller has locked, into the namespace of an inherited descriptor.
func Enter(fd int) error { return netns.Set(netns.NsHandle(fd)) }

// Sysctl sets /proc/sys/net/name of the host.
func (h *Host) Sysctl(name, value string) error {
	return h.Do(func() error { return setSysctl(name, value) })
}

func setSysctl(name, value string) error {
	if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0o644); err != nil {
		return fmt.Errorf("netlab: setting net/%s to %q: %w", name, value, err)
	}
	return nil
}

// Close removes all hosts and what is in them. Sockets that are still open inside keep their namespace until they close.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, h := range l.hosts {
		errs = append(errs, h.close())
	}
	l.hosts = nil
	return errors.Join(errs...)
}

// close removes the devices first: the kernel removes a namespace whenever it finds the time.
func (h *Host) close() error {
	if h.nl != nil {
		links, _ := h.nl.LinkList()
		for _, link := range links {
			if t := link.Type(); t == "veth" || t == "bridge" {
				_ = h.nl.LinkDel(link) // its peer may have taken it along
			}
		}
		h.nl.Close()
	}
	return h.ns.Close()
}

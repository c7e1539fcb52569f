package tap

import (
	"cmp"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
)

// device is an open tap: a port.Device. The control side's.
type device struct {
	*Interface
	port *tapPort
	mac  net.HardwareAddr
	mtu  int
}

// Open implements port.Interface. Without a namespace of the host device's own it works in that of the calling thread.
func (i *Interface) Open(h *port.Host) (port.Device, error) {
	if err := i.check(h.Pool.Room()); err != nil {
		return nil, err
	}
	d := &device{Interface: i, mtu: cmp.Or(i.HostMTU, defaultMTU), mac: i.MAC}
	if room := h.Pool.Room() - linkHeaders; d.mtu > room {
		d.mtu = room
	}
	fd := -1
	err := inNamespace(i.HostNS, func() (err error) {
		if fd, err = makeDevice(i.HostIf); err != nil {
			return err
		}
		return i.setHost(d.mtu)
	})
	if err != nil {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
		return nil, fmt.Errorf("tap: %s, host device %q: %w", i.Name(), i.HostIf, err)
	}
	select { // what became of one that was open before
	case <-i.died:
	default:
	}
	d.port = &tapPort{fd: fd, pool: h.Pool, room: h.Pool.Room(), died: i.died}
	return d, nil
}

// makeDevice makes a TAP device, down. It exists as long as the descriptor is open.
func makeDevice(name string) (fd int, err error) {
	fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("opening /dev/net/tun: %w; it wants CAP_NET_ADMIN and the kernel's module tun (modprobe tun)", err)
	}
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_TUN_EXCL)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EEXIST), errors.Is(err, unix.EINVAL):
		err = fmt.Errorf("%w (%w)", ErrExists, err)
	case errors.Is(err, unix.EPERM):
		err = fmt.Errorf("making it: %w; run gvpp as root, or with CAP_NET_ADMIN", err)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Ports implements port.Device.
func (d *device) Ports() []port.Port { return []port.Port{d.port} }

// Driver is what Info says of a tap's driver.
const Driver = "tap"

// Info implements port.Device.
func (d *device) Info() port.Info {
	i := port.Info{Driver: Driver, MAC: d.mac, MTU: d.mtu, Queues: 1, LinkUp: d.port.fd >= 0, Software: true, Notes: []string{"The host's end is device " + d.HostIf + "."}}
	if d.HostNS != "" {
		i.Notes[0] = fmt.Sprintf("The host's end is device %s in network namespace %s.", d.HostIf, d.HostNS)
	}
	return i
}

// Close implements port.Device. The host device goes with it.
func (d *device) Close() error { return d.port.close() }

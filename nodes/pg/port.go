package pg

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// Interface is one of the packet generator's: it receives what streams say that it has, and what is sent by it is counted,
// captured if somebody wants that, and ends. It has a port for each worker, so that nobody hands packets over.
type Interface struct {
	plugin *Plugin
	name   string
	id     uint32
	mac    net.HardwareAddr
	mtu    int
	mode   Mode
	pool   *buffer.Pool
	ports  []*ifPort

	capture atomic.Pointer[capture] // published; nil: none
}

// NewInterface makes interface pgN, N being id, for as many workers. mtu is in bytes; without Ethernet, mac is not used.
func (p *Plugin) NewInterface(id uint32, mac net.HardwareAddr, mtu, workers int, mode Mode) *Interface {
	i := &Interface{plugin: p, name: fmt.Sprintf("pg%d", id), id: id, mac: mac, mtu: mtu, mode: mode}
	if mode != Ethernet {
		i.mac = nil
	}
	for range workers {
		i.ports = append(i.ports, &ifPort{owner: i, fd: -1})
	}
	return i
}

// Name implements port.Interface.
func (i *Interface) Name() string { return i.name }

// ID is the N of pgN.
func (i *Interface) ID() uint32 { return i.id }

// Mode is what its packets begin with.
func (i *Interface) Mode() Mode { return i.mode }

// HardwareAddr is the interface's address; nil without Ethernet.
func (i *Interface) HardwareAddr() net.HardwareAddr { return i.mac }

// Open implements port.Interface.
func (i *Interface) Open(h *port.Host) (port.Device, error) {
	for _, p := range i.ports {
		fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("pg: interface %q: eventfd: %w", i.name, err), i.Close())
		}
		p.fd = fd
	}
	i.pool = h.Pool
	i.plugin.ports.Store(i.name, i)
	return i, nil
}

// Ports implements port.Device.
func (i *Interface) Ports() (list []port.Port) {
	for _, p := range i.ports {
		list = append(list, p)
	}
	return list
}

// Driver is what Info says of an interface's driver.
const Driver = "pg"

// Info implements port.Device.
func (i *Interface) Info() port.Info {
	return port.Info{Driver: Driver, MAC: i.mac, MTU: i.mtu, Queues: len(i.ports), LinkUp: true, Software: true, Raw: i.mode != Ethernet}
}

// Close implements port.Device. A capture ends.
func (i *Interface) Close() error {
	i.plugin.ports.CompareAndDelete(i.name, i)
	var errs []error
	if c := i.capture.Swap(nil); c != nil {
		errs = append(errs, c.close())
	}
	for _, p := range i.ports {
		if p.fd >= 0 {
			errs = append(errs, unix.Close(p.fd))
		}
		p.fd = -1
	}
	return errors.Join(errs...)
}

// ifPort is an interface's port for one worker.
type ifPort struct {
	owner *Interface
	cache *buffer.Cache
	fd    int // an eventfd that nobody signals: there is nothing to wait for; -1 while closed
}

// Bind implements port.Port.
func (p *ifPort) Bind(c *buffer.Cache) { p.cache = c }

// Rx implements port.Port: streams are pg-input's.
func (p *ifPort) Rx([]buffer.Index) int { return 0 }

// Tx implements port.Port. It takes all.
func (p *ifPort) Tx(src []buffer.Index) int {
	if c := p.owner.capture.Load(); c != nil {
		c.take(p.owner.pool, src)
	}
	p.cache.Free(src)
	return len(src)
}

// Flush implements port.Port.
func (p *ifPort) Flush() bool { return false }

// FD implements port.Port.
func (p *ifPort) FD() int { return p.fd }

// Stats implements port.Port.
func (p *ifPort) Stats(emit func(name string, value uint64)) {}

// InterfaceStatus is an interface as show packet-generator interface tells of it.
type InterfaceStatus struct {
	Name      string `json:"interface"`
	ID        uint32 `json:"id"`
	Mode      string `json:"mode"`
	MAC       string `json:"hw_addr,omitempty"`
	Capturing bool   `json:"capturing"`
	File      string `json:"file,omitempty"`
}

func (i *Interface) status() InterfaceStatus {
	s := InterfaceStatus{Name: i.name, ID: i.id, Mode: i.mode.String(), MAC: i.mac.String()}
	if c := i.capture.Load(); c != nil {
		s.Capturing, s.File = true, c.path
	}
	return s
}

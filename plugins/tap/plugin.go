// Package tap makes taps: interfaces tap0, tap1, … whose other end is a network device of this host (see package dataplane/tap).
//
// A tap is an interface like the others: it may be routed, bridged, cross-connected, filtered. It has one queue, and belongs to one
// worker. TUN devices, offloads, devices that outlive gvpp and several queues are refused.
package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/tapv2"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/tap"
	"github.com/gvpp/gvpp/plugin"
)

// MaxInstances bounds the N of tapN.
const MaxInstances = 1024

// Retvals that VPP's handlers give.
const (
	invalidInterface api.Errno = -71
	syscallError2    api.Errno = -12
)

// ErrNoTap is what an operation on an interface that is no tap is refused with.
var ErrNoTap = errors.New("see `show tap`")

// Plugin is the taps of a dataplane. Its operations are safe for concurrent use.
type Plugin struct {
	dp   plugin.Dataplane
	boot plugin.Boot

	mu   sync.Mutex
	taps map[uint32]*tap.Interface // guarded by mu: by sw_if_index
}

// New makes the plugin.
func New() *Plugin { return &Plugin{taps: map[uint32]*tap.Interface{}} }

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error {
		p.dp = dp
		return p.boot.Run()
	})
	r.Removed(p.forget)
	r.Config("tap", func(c *config.Cursor) error {
		return c.Walk(config.Schema{"interface": p.boot.Command("create tap", p.createUp)})
	})
	p.commands(r)
	r.API(tapv2.Serve(front{Plugin: p}))
}

// Create makes a tap, which is down, and its host device, which is up. The id is c.ID, or if auto is set the lowest that is free;
// without an address the tap gets one of gvpp's choice.
func (p *Plugin) Create(ctx context.Context, c tap.Config, auto bool) (swIf uint32, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	used := map[uint32]bool{}
	for _, t := range p.taps {
		used[t.ID] = true
	}
	for auto && used[c.ID] {
		c.ID++
	}
	if c.ID >= MaxInstances || used[c.ID] {
		return 0, api.Wrap(invalidInterface, fmt.Errorf("tap: id %d: want one below %d that no other tap has", c.ID, MaxInstances))
	}
	if len(c.MAC) == 0 {
		c.MAC = p.address(c.ID)
	}
	t := tap.New(c)
	if swIf, err = p.dp.AddInterfaceDown(ctx, t); swIf != 0 {
		p.taps[swIf] = t
	}
	switch {
	case errors.Is(err, tap.ErrInvalid):
		err = api.Wrap(api.InvalidValue, err)
	case err != nil:
		err = api.Wrap(syscallError2, err)
	}
	return swIf, err
}

// address is what a tap without one gets: VPP's prefix and something of its own.
func (p *Plugin) address(id uint32) net.HardwareAddr {
	n := id
	if !p.dp.Deterministic() {
		n = rand.Uint32()
	}
	return net.HardwareAddr{2, 0xfe, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// Delete removes a tap, and with it the host device.
func (p *Plugin) Delete(ctx context.Context, swIf uint32) error {
	if _, err := p.Status(swIf); err != nil {
		return err
	}
	return p.dp.RemoveInterface(ctx, swIf)
}

// forget follows an interface that is removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taps, swIf)
	return nil
}

// Status is a tap as it was made.
type Status struct {
	Name       string `json:"interface"`
	Index      uint32 `json:"sw_if_index"`
	ID         uint32 `json:"id"`
	HostIf     string `json:"host_if_name"`
	HostIndex  int    `json:"host_if_index"`
	HostNS     string `json:"host_ns,omitempty"`
	HostMAC    string `json:"host_mac_addr"`
	HostMTU    int    `json:"host_mtu_size,omitempty"`
	HostIP4    string `json:"host_ip4_addr,omitempty"`
	HostIP6    string `json:"host_ip6_addr,omitempty"`
	HostBridge string `json:"host_bridge,omitempty"`

	config tap.Config
}

// Status describes a tap.
func (p *Plugin) Status(swIf uint32) (Status, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.taps[swIf]
	if t == nil {
		return Status{}, api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("tap: %s is no tap: %w", p.dp.InterfaceName(swIf), ErrNoTap))
	}
	return status(swIf, t), nil
}

// All describes the taps, by sw_if_index.
func (p *Plugin) All() []Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []Status{}
	for swIf, t := range p.taps {
		list = append(list, status(swIf, t))
	}
	slices.SortFunc(list, func(a, b Status) int { return cmp.Compare(a.Index, b.Index) })
	return list
}

func status(swIf uint32, t *tap.Interface) Status {
	index, mac := t.HostDevice()
	s := Status{
		Name: t.Name(), Index: swIf, ID: t.ID, HostIf: t.HostIf, HostIndex: index, HostNS: t.HostNS, HostMAC: mac.String(), HostMTU: t.HostMTU,
		HostBridge: t.HostBridge, config: t.Config,
	}
	if t.HostIP4.IsValid() {
		s.HostIP4 = t.HostIP4.String()
	}
	if t.HostIP6.IsValid() {
		s.HostIP6 = t.HostIP6.String()
	}
	return s
}

// HostDevice is a tap's host device: its name, its network namespace as it was given, and the host's number of it.
func (p *Plugin) HostDevice(swIf uint32) (name, ns string, index int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.taps[swIf]; t != nil {
		index, _ = t.HostDevice()
		return t.HostIf, t.HostNS, index
	}
	return "", "", 0
}

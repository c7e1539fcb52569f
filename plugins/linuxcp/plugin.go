// Package linuxcp has the host's stack speak for an interface's addresses (VPP: the Linux control plane): daemons of the host, a shell, a
// routing protocol, listen where gvpp forwards.
//
// Terms: a pair is an interface, the phy, and a tap that the package makes for it; the tap's host device, with the phy's MAC address,
// stands in the host for the phy. The operator gives it the phy's addresses. To punt is to send to the host what is for one of
// gvpp's addresses and gvpp does not answer itself: it answers ARP, neighbour discovery and ping.
//
//	phy ─ … ─ ip4-local ─[ip4-punt]─ linux-cp-punt ─> tap ─> host device     as it came, Ethernet header and tags included
//	phy ─[l2-input]─ linux-cp-arp-phy ─ arp-input                            ARP replies: a copy to the tap
//	phy <─ interface-output <─[ip4-output]─ linux-cp-xc-ip4 <─ tap <─ host device     as it is
//
// Frames of the phy's sub-interfaces are punted to its tap with their tags, so that a VLAN device on the host device has them.
//
// Invariant: a flood to gvpp's addresses costs the workers no more than the pair's limit of packets; what is beyond it is dropped by
// linux-cp-punt and counted. Behind that stand the tap's bounded queues.
//
// Addresses, routes and link states are not carried from gvpp to the host or back; that is the operator's, or a daemon's over the API.
// There are no TUN pairs and no pairs of sub-interfaces.
package linuxcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/lcp"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/tap"
	"github.com/gvpp/gvpp/plugin"
)

// Taps makes the taps of pairs: package plugins/tap.
type Taps interface {
	Create(ctx context.Context, c tap.Config, auto bool) (swIf uint32, err error)
	HostDevice(swIf uint32) (name, ns string, index int)
}

// Limit bounds what a pair punts: packets a second, and how many at once after a pause.
type Limit struct {
	Rate  uint32 `json:"rate"` // 0: no bound but the queues
	Burst uint32 `json:"burst"`
}

// DefaultLimit is a pair's at first. A punted packet costs a worker some microseconds, most of it the host's own: 20,000 are a few
// percent of a core, and with frames of 1500 bytes 240 Mb/s. The burst fits the tap's queue twice.
var DefaultLimit = Limit{Rate: 20_000, Burst: 512}

// Bounds of the numbers in a Limit.
const (
	maxRate  = 100_000_000
	maxBurst = 1 << 20
)

// What operations refuse, for callers that test for it.
var (
	ErrNoPair = errors.New("see `show lcp`")
	ErrPaired = errors.New("an interface has one pair; delete it first with `lcp delete`")
)

// Plugin is the pairs of a dataplane. Its operations are safe for concurrent use.
type Plugin struct {
	taps  Taps
	dp    plugin.Dataplane
	boot  plugin.Boot
	table atomic.Pointer[table] // published

	ops sync.Mutex // one operation at a time; taken before the dataplane's lock
	mu  sync.Mutex // taken behind it

	pairs map[uint32]*pair // guarded by mu: by the phy's sw_if_index
	netns string           // guarded by mu: for pairs that do not say
}

// pair is an interface and its tap.
type pair struct {
	phy, tap uint32
	subs     []uint32 // sub-interfaces of phy
	limit    *limiter
}

// New makes the plugin.
func New(taps Taps) *Plugin {
	p := &Plugin{taps: taps, pairs: map[uint32]*pair{}}
	p.table.Store(new(table))
	return p
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Ready(p.boot.Run)
	r.Changed(p.changed)
	r.Removed(p.removed)
	r.Config("linux-cp", func(c *config.Cursor) error {
		return c.Walk(config.Schema{
			"default": func(c *config.Cursor) error {
				if _, err := c.OneOf("netns"); err != nil {
					return err
				}
				ns, err := c.Str()
				if err != nil {
					return err
				}
				return p.SetDefaultNS(ns)
			},
			"pair": p.boot.Command("lcp create", p.createCommand),
		})
	})
	p.nodes(r)
	p.commands(r)
	r.API(lcp.Serve(front{Plugin: p}))
}

// Create makes a pair: a tap for an interface, whose host device is named hostIf, in a network namespace, "" for the default's. It
// returns the tap.
func (p *Plugin) Create(ctx context.Context, phy uint32, hostIf, ns string) (swIf uint32, err error) {
	p.ops.Lock()
	defer p.ops.Unlock()
	link, err := p.pairable(phy, hostIf)
	if err != nil {
		return 0, err
	}
	if ns == "" {
		ns = p.DefaultNS()
	}
	swIf, err = p.taps.Create(ctx, tap.Config{HostIf: hostIf, HostNS: ns, HostMAC: net.HardwareAddr(link.MAC[:]), HostMTU: link.MTU}, true)
	if err != nil {
		err = fmt.Errorf("linuxcp: %s: %w", p.dp.InterfaceName(phy), err)
		if swIf != 0 { // it is there, but the caller has gone away
			err = errors.Join(err, p.end(ctx, phy, swIf))
		}
		return 0, err
	}
	pr := &pair{phy: phy, tap: swIf, limit: newLimiter(DefaultLimit)}
	p.mu.Lock()
	if _, ok := p.dp.Link(phy); !ok { // it has been removed in the meantime
		err = p.noInterface(phy)
	} else {
		p.pairs[phy] = pr
		pr.subs = p.subsOf(phy)
		p.publish()
		err = p.enable(pr, true)
	}
	p.mu.Unlock()
	if err == nil {
		err = p.dp.SetState(ctx, swIf, true)
	}
	if err != nil {
		return 0, errors.Join(err, p.end(ctx, phy, swIf))
	}
	return swIf, nil
}

func (p *Plugin) noInterface(phy uint32) error {
	return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("linuxcp: no interface with sw_if_index %d; see `show interface`", phy))
}

// pairable finds what speaks against a pair.
func (p *Plugin) pairable(phy uint32, hostIf string) (plugin.Link, error) {
	link, ok := p.dp.Link(phy)
	name := p.dp.InterfaceName(phy)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !ok:
		return link, p.noInterface(phy)
	case hostIf == "":
		return link, api.Wrap(api.InvalidArgument, fmt.Errorf("linuxcp: %s: want a name for the host device", name))
	case link.Raw:
		return link, api.Wrap(api.Unimplemented, fmt.Errorf("linuxcp: %s has no Ethernet, which host devices have", name))
	case link.Parent != 0:
		return link, api.Wrap(api.Unimplemented, fmt.Errorf("linuxcp: %s is a sub-interface: pair %s; its host device gets the frames with their tags", name, p.dp.InterfaceName(link.Parent)))
	case p.pairs[phy] != nil:
		return link, api.Wrap(api.ValueExist, fmt.Errorf("linuxcp: %s has a pair: %w", name, ErrPaired))
	case p.table.Load().at(phy).to != 0:
		return link, api.Wrap(api.InvalidArgument, fmt.Errorf("linuxcp: %s is the tap of a pair: %w", name, ErrPaired))
	}
	return link, nil
}

// Delete ends a pair: its tap and host device are removed.
func (p *Plugin) Delete(ctx context.Context, phy uint32) error {
	p.ops.Lock()
	defer p.ops.Unlock()
	p.mu.Lock()
	pr := p.pairs[phy]
	p.mu.Unlock()
	if pr == nil {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("linuxcp: %s has no pair: %w", p.dp.InterfaceName(phy), ErrNoPair))
	}
	return p.end(ctx, phy, pr.tap)
}

// end lets go of a pair and removes its tap, whatever ctx does.
func (p *Plugin) end(ctx context.Context, phy, swIf uint32) error {
	p.mu.Lock()
	err := p.forget(phy)
	p.mu.Unlock()
	return errors.Join(err, p.dp.RemoveInterface(context.WithoutCancel(ctx), swIf))
}

// forget takes a pair's nodes off their arcs, then the pair out of the table. p.mu is held.
func (p *Plugin) forget(phy uint32) error {
	pr := p.pairs[phy]
	if pr == nil {
		return nil
	}
	err := p.enable(pr, false)
	delete(p.pairs, phy)
	p.publish()
	return err
}

// removed follows an interface that is removed: a pair does not outlive its ends.
func (p *Plugin) removed(swIf uint32) error {
	p.mu.Lock()
	pr := p.pairs[swIf]
	err := p.forget(swIf)
	for phy, other := range p.pairs {
		if other.tap == swIf {
			err = errors.Join(err, p.forget(phy))
		} else if at := slices.Index(other.subs, swIf); at >= 0 {
			other.subs = slices.Delete(slices.Clone(other.subs), at, at+1)
			p.publish()
		}
	}
	p.mu.Unlock()
	if pr != nil {
		if rest := p.dp.RemoveInterface(context.Background(), pr.tap); rest != nil && p.there(pr.tap) {
			err = errors.Join(err, rest)
		}
	}
	return err
}

// there says whether an interface is there still.
func (p *Plugin) there(swIf uint32) bool {
	_, ok := p.dp.Link(swIf)
	return ok
}

// changed follows a sub-interface that is made on a phy.
func (p *Plugin) changed(swIf uint32) {
	link, ok := p.dp.Link(swIf)
	if !ok || link.Parent == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pr := p.pairs[link.Parent]
	if pr == nil || slices.Contains(pr.subs, swIf) {
		return
	}
	pr.subs = append(slices.Clone(pr.subs), swIf)
	p.publish()
	if err := p.enablePhy(swIf, true); err != nil {
		p.dp.Log().Error("linux-cp: a sub-interface's packets are not punted", "interface", p.dp.InterfaceName(swIf), "cause", err)
	}
}

// subsOf is the sub-interfaces of an interface.
func (p *Plugin) subsOf(phy uint32) (list []uint32) {
	for _, name := range p.dp.InterfaceNames() {
		swIf, err := p.dp.Interface(name)
		if err != nil {
			continue
		}
		if l, ok := p.dp.Link(swIf); ok && l.Parent == phy {
			list = append(list, swIf)
		}
	}
	return list
}

// sorted is the pairs by phy. p.mu is held.
func (p *Plugin) sorted() []*pair {
	list := make([]*pair, 0, len(p.pairs))
	for _, pr := range p.pairs {
		list = append(list, pr)
	}
	slices.SortFunc(list, func(a, b *pair) int { return cmp.Compare(a.phy, b.phy) })
	return list
}

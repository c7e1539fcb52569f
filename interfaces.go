package gvpp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strings"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ethernet"
	"github.com/gvpp/gvpp/nodes/ip"
)

// iface is an interface of the dataplane; dp.mu guards it.
type iface struct {
	swIf   uint32
	spec   Interface
	device port.Device // nil while the interface is gone
	up     bool        // as the operator wants it
	link   bool        // packets could flow when that was last told
	cause  error       // why device is nil
	stop   context.CancelFunc
	leaves bool           // it is being removed
	tag    string         // a word of whoever controls the dataplane
	base   graph.IfTotals // the counters when they were cleared last

	mac     net.HardwareAddr // as the operator has set it; nil: the device's
	linkMTU int              // as the operator has set it, in bytes; 0: the device's
	mtus    MTUs
}

// linkUp is whether packets can flow; without a wire they can while the interface is up.
func (i *iface) linkUp() bool {
	if s, ok := i.sub(); ok {
		return i.device != nil && s.parent.linkUp()
	}
	return i.device != nil && i.link && (i.up || !i.device.Info().Software)
}

// What operations on interfaces refuse, for callers that test for it.
var (
	ErrNoInterface     = ip.ErrNoInterface
	ErrInterfaceExists = errors.New("see `show interface`")
	ErrInterfaceKind   = errors.New("the interface is of another kind")
)

// AddInterface opens an interface and brings it up. It returns when every worker either knows it or will know it before its
// next packet, or with the context's error when that ends before; the interface is there all the same.
func (dp *Dataplane) AddInterface(ctx context.Context, spec Interface) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	return dp.add(ctx, spec, true)
}

// AddInterfaceDown is AddInterface, but leaves it to SetState to bring the interface up, as VPP does.
func (dp *Dataplane) AddInterfaceDown(ctx context.Context, spec Interface) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	return dp.add(ctx, spec, false)
}

// hosted is a recipe that takes an interface of the host's over.
type hosted interface{ Host() string }

// fewLeft is how many sw_if_index are left when the operator is told so.
const fewLeft = 100

// add opens an interface. dp.mu is held.
func (dp *Dataplane) add(ctx context.Context, spec Interface, up bool) (swIf uint32, err error) {
	if dp.phase == closed {
		return 0, errClosed
	}
	name := spec.Name()
	if name == "" || strings.ContainsAny(name, " \t\n{}#\"") || name == "none" {
		return 0, fmt.Errorf("gvpp: interface name %q: want a word without blanks, braces, quotes and #", name)
	}
	if dp.names.Load().has(name) {
		return 0, fmt.Errorf("gvpp: interface %q exists already; give it another name: %w", name, ErrInterfaceExists)
	}
	if len(dp.ifs)+1 >= graph.MaxInterfaces {
		return 0, api.Wrap(api.LimitExceeded, fmt.Errorf("gvpp: %d interfaces have been made in the life of this dataplane, which is the most: a sw_if_index is not used again; restart gvpp to begin anew", graph.MaxInterfaces-1))
	}
	if h, ok := spec.(hosted); ok {
		for i := range dp.here() {
			if other, ok := i.spec.(hosted); ok && other.Host() == h.Host() {
				return 0, fmt.Errorf("gvpp: the host's interface %q is here already, as %s (sw_if_index %d): %w", h.Host(), i.spec.Name(), i.swIf, ErrInterfaceExists)
			}
		}
	}
	d, err := spec.Open(dp.host)
	if err != nil {
		return 0, err
	}
	i := &iface{swIf: uint32(len(dp.ifs)) + 1, spec: spec, device: d, up: up, link: d.Info().LinkUp}
	dp.graph.AddInterface(i.swIf)
	dp.ifs = append(dp.ifs, i)
	dp.names.Store(dp.names.Load().with(name))
	dp.stats.interfaces(dp.names.Load().list)
	dp.startWatch(i)
	if left := graph.MaxInterfaces - 1 - len(dp.ifs); left == fewLeft {
		dp.log.Warn("few interfaces can be made any more: a sw_if_index is not used again before a restart", "left", left)
	}
	err = dp.attach(ctx)
	dp.tell(i, InterfaceAdded)
	return i.swIf, err
}

// find is an interface by its number. dp.mu is held.
func (dp *Dataplane) find(swIf uint32) (*iface, error) {
	if swIf != 0 && int(swIf) <= len(dp.ifs) {
		if i := dp.ifs[swIf-1]; i != nil && !i.leaves {
			return i, nil
		}
	}
	return nil, fmt.Errorf("gvpp: no interface with sw_if_index %d: %w", swIf, ErrNoInterface)
}

// here is the interfaces that have not been removed. dp.mu is held.
func (dp *Dataplane) here() iter.Seq[*iface] {
	return func(yield func(*iface) bool) {
		for _, i := range dp.ifs {
			if i != nil && !yield(i) {
				return
			}
		}
	}
}

// attach publishes the interfaces as they are to the workers. dp.mu is held.
func (dp *Dataplane) attach(ctx context.Context) error {
	var list []graph.Attachment
	for i := range dp.here() {
		if i.device == nil {
			continue
		}
		a := graph.Attachment{SwIf: i.swIf, Up: i.up, Ports: i.device.Ports()}
		if s, ok := i.sub(); ok {
			a.Parent = s.parent.swIf
		}
		if i.device.Info().PartialChecksums {
			a.Flags = buffer.FlagPartial
		}
		list = append(list, a)
	}
	dp.graph.SetPorts(list)
	dp.relink()
	return dp.Published(ctx)
}

// detach takes an interface's device out of the workers' sight and closes it. dp.mu is held.
func (dp *Dataplane) detach(i *iface, cause error) error {
	d := i.device
	if d == nil {
		return nil
	}
	i.device, i.cause = nil, cause
	if err := dp.attach(context.Background()); err != nil {
		return err
	}
	return d.Close()
}

// closeInterfaces gives all interfaces back to the host, then closes them. dp.mu is held.
func (dp *Dataplane) closeInterfaces() error {
	var errs []error
	for i := range dp.here() {
		if d, ok := i.device.(port.Detacher); ok {
			errs = append(errs, d.Detach())
		}
	}
	for i := range dp.here() {
		errs = append(errs, dp.detach(i, errors.New("shut down")))
	}
	return errors.Join(errs...)
}

// InterfaceStatus is an interface as an operator sees it.
type InterfaceStatus struct {
	Name    string              `json:"name"`
	Tag     string              `json:"tag,omitempty"`
	Index   uint32              `json:"sw_if_index"`
	Up      bool                `json:"up"`      // as set by the operator
	LinkUp  bool                `json:"link_up"` // packets can flow
	Gone    string              `json:"gone,omitempty"`
	Device  *port.Info          `json:"device,omitempty"`
	Packets graph.IfTotals      `json:"counters"`
	Port    []PortCounter       `json:"port_counters"`
	Arcs    map[string][]string `json:"features,omitempty"`

	Addresses []netip.Prefix `json:"addresses,omitempty"`

	Sub     *SubStatus `json:"sub_interface,omitempty"`
	MTUs    MTUs       `json:"mtus"` // of L3, IPv4, IPv6 and MPLS packets, in bytes; of a protocol 0 is L3's
	Rewrite string     `json:"tag_rewrite,omitempty"`
}

// PortCounter is a counter of an interface's ports, all queues together.
type PortCounter struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// Interfaces describes all interfaces, by sw_if_index.
func (dp *Dataplane) Interfaces() []InterfaceStatus {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	out := []InterfaceStatus{}
	for i := range dp.here() {
		out = append(out, dp.status(i))
	}
	return out
}

// InterfaceStatus describes an interface.
func (dp *Dataplane) InterfaceStatus(swIf uint32) (InterfaceStatus, error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err != nil {
		return InterfaceStatus{}, err
	}
	return dp.status(i), nil
}

// status describes an interface. dp.mu is held.
func (dp *Dataplane) status(i *iface) InterfaceStatus {
	s := InterfaceStatus{Name: i.spec.Name(), Tag: i.tag, Index: i.swIf, Up: i.up, LinkUp: i.linkUp(), Packets: dp.graph.IfTotals(i.swIf).Since(i.base), Port: []PortCounter{}, Arcs: dp.graph.Features(i.swIf), Addresses: dp.ip.Addresses(i.swIf), Sub: i.subStatus(), MTUs: i.mtus}
	s.MTUs[MTUL3] = uint32(i.mtuOf(MTUL3))
	if r := dp.ether.RewriteOf(i.swIf); r.Op != ethernet.RewriteNone {
		s.Rewrite = r.String()
	}
	if i.device == nil {
		s.Gone = i.cause.Error()
	} else {
		info := i.info()
		s.Device, s.Port = &info, portCounters(i.device)
	}
	return s
}

func portCounters(d port.Device) []PortCounter {
	out := []PortCounter{}
	for q, p := range d.Ports() {
		n := 0
		p.Stats(func(name string, value uint64) {
			if q == 0 {
				out = append(out, PortCounter{Name: name})
			}
			out[n].Value += value
			n++
		})
	}
	return out
}

package gvpp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// iface is an interface of the dataplane; dp.mu guards it.
type iface struct {
	swIf   uint32
	spec   Interface
	device port.Device // nil while the interface is gone
	up     bool        // as the operator wants it
	cause  error       // why device is nil
	stop   context.CancelFunc
}

// AddInterface opens an interface and brings it up. It returns when every worker either knows it or will know it before its
// next packet, or with the context's error when that ends before; the interface is there all the same.
func (dp *Dataplane) AddInterface(ctx context.Context, spec Interface) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase == closed {
		return 0, errClosed
	}
	name := spec.Name()
	if name == "" || strings.ContainsAny(name, " \t\n{}#\"") || name == "none" {
		return 0, fmt.Errorf("gvpp: interface name %q: want a word without blanks, braces, quotes and #", name)
	}
	if dp.names.Load().has(name) {
		return 0, fmt.Errorf("gvpp: interface %q exists already; give it another name", name)
	}
	if len(dp.ifs)+1 >= graph.MaxInterfaces {
		return 0, fmt.Errorf("gvpp: %d interfaces are the most there can be", graph.MaxInterfaces-1)
	}
	d, err := spec.Open(dp.host)
	if err != nil {
		return 0, err
	}
	i := &iface{swIf: uint32(len(dp.ifs)) + 1, spec: spec, device: d, up: true}
	dp.graph.AddInterface(i.swIf)
	dp.ifs = append(dp.ifs, i)
	dp.names.Store(dp.names.Load().with(name))
	dp.startWatch(i)
	return i.swIf, dp.attach(ctx)
}

// attach publishes the interfaces as they are to the workers. dp.mu is held.
func (dp *Dataplane) attach(ctx context.Context) error {
	var list []graph.Attachment
	for _, i := range dp.ifs {
		if i.device == nil {
			continue
		}
		a := graph.Attachment{SwIf: i.swIf, Up: i.up, Ports: i.device.Ports()}
		if i.device.Info().PartialChecksums {
			a.Flags = buffer.FlagPartial
		}
		list = append(list, a)
	}
	dp.graph.SetPorts(list)
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
	for _, i := range dp.ifs {
		if d, ok := i.device.(port.Detacher); ok {
			errs = append(errs, d.Detach())
		}
	}
	for _, i := range dp.ifs {
		errs = append(errs, dp.detach(i, errors.New("shut down")))
	}
	return errors.Join(errs...)
}

// SetState brings an interface up or down, as the operator wants it. While down it receives nothing and sends nothing;
// what arrives is dropped and counted.
func (dp *Dataplane) SetState(ctx context.Context, swIf uint32, up bool) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase == closed {
		return errClosed
	}
	if swIf == 0 || int(swIf) > len(dp.ifs) {
		return fmt.Errorf("gvpp: no interface with sw_if_index %d", swIf)
	}
	dp.ifs[swIf-1].up = up
	return dp.attach(ctx)
}

// CrossConnect makes everything that a receives leave by b, and the other way round (see l2.Plugin.CrossConnect).
func (dp *Dataplane) CrossConnect(ctx context.Context, a, b string) error {
	from, err := dp.Interface(a)
	if err != nil {
		return err
	}
	to, err := dp.Interface(b)
	if err != nil {
		return err
	}
	return dp.l2.CrossConnect(ctx, from, to)
}

// CrossConnected reports whether any interface is cross-connected.
func (dp *Dataplane) CrossConnected() bool { return dp.l2.Any() }

// InterfaceStatus is an interface as an operator sees it.
type InterfaceStatus struct {
	Name    string              `json:"name"`
	Index   uint32              `json:"sw_if_index"`
	Up      bool                `json:"up"` // as set by the operator
	Gone    string              `json:"gone,omitempty"`
	Device  *port.Info          `json:"device,omitempty"`
	Packets graph.IfTotals      `json:"counters"`
	Port    []PortCounter       `json:"port_counters"`
	Arcs    map[string][]string `json:"features,omitempty"`
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
	for _, i := range dp.ifs {
		s := InterfaceStatus{Name: i.spec.Name(), Index: i.swIf, Up: i.up, Packets: dp.graph.IfTotals(i.swIf), Port: []PortCounter{}, Arcs: dp.graph.Features(i.swIf)}
		if i.device == nil {
			s.Gone = i.cause.Error()
		} else {
			info := i.device.Info()
			s.Device, s.Port = &info, portCounters(i.device)
		}
		out = append(out, s)
	}
	return out
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

package span

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// What operations refuse, for callers that test for it.
var (
	ErrInterface = errors.New("see `show interface`")
	ErrState     = errors.New("want 0 to 3")
)

// None as a destination of Set stands for all that there are.
const None = ^uint32(0)

// Set says which packets of an interface are copied to another one: those of the state and no others. It returns when all workers
// do so.
func (p *Plugin) Set(ctx context.Context, from, to uint32, layer Layer, state State) error {
	if state > Both {
		return fmt.Errorf("span: state %d: %w", uint32(state), ErrState)
	}
	if from == to || to == None && state != Off {
		return fmt.Errorf("span: packets of %s cannot be mirrored to it, nor to none: name another destination: %w", p.dp.InterfaceName(from), ErrInterface)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, swIf := range []uint32{from, to} { // under mu: one that is removed is gone before forget is called
		if l, ok := p.dp.Link(swIf); !ok && (swIf != None || swIf == from) {
			return fmt.Errorf("span: no interface with sw_if_index %d: %w", swIf, ErrInterface)
		} else if swIf == from && l.Parent != 0 && layer == Device && state != Off {
			return fmt.Errorf("span: %s has no device; mirror its packets with l2, or its parent's: %w", p.dp.InterfaceName(from), ErrInterface)
		}
	}
	for k := range p.mirrors {
		if to == None && k.from == from {
			p.mirrors[k][layer] = Off
		}
	}
	if to != None {
		k := pair{from, to}
		if p.mirrors[k] == nil {
			p.mirrors[k] = new([numLayers]State)
		}
		p.mirrors[k][layer] = state
	}
	if err := p.publish(from); err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// publish makes the table anew and puts the nodes onto the source's arcs, or takes them off. p.mu is held.
func (p *Plugin) publish(from uint32) error {
	var t table
	for _, k := range p.sorted() {
		s := p.mirrors[k]
		if *s == ([numLayers]State{}) {
			delete(p.mirrors, k)
			continue
		}
		if n := int(k.from) + 1 - len(t); n > 0 {
			t = append(t, make(table, n)...)
		}
		for layer, state := range s {
			if state&Rx != 0 {
				t[k.from].rx[layer] = append(t[k.from].rx[layer], k.to)
			}
			if state&Tx != 0 {
				t[k.from].tx[layer] = append(t[k.from].tx[layer], k.to)
			}
		}
	}
	p.table.Store(&t)
	type feature struct{ arc, node string }
	on := map[feature]bool{
		{"device-input", "span-input"}:         len(t.to(from, Device, true)) > 0,
		{"interface-output", "span-output"}:    len(t.to(from, Device, false)) > 0,
		{"interface-output", "span-l2-output"}: len(t.to(from, L2, false)) > 0,
	}
	for _, arc := range wireArcs {
		on[feature{arc.Name, "span-l2-input"}] = len(t.to(from, L2, true)) > 0
	}
	for f, is := range on {
		if _, err := p.dp.SetFeature(f.arc, f.node, from, is); err != nil {
			return err
		}
	}
	return nil
}

// sorted is the pairs, by source and destination. p.mu is held.
func (p *Plugin) sorted() []pair {
	list := make([]pair, 0, len(p.mirrors))
	for k := range p.mirrors {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	return list
}

// forget ends what copies from or to an interface that is being removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	sources := []uint32{swIf}
	for k := range p.mirrors {
		if k.to == swIf || k.from == swIf {
			delete(p.mirrors, k)
			sources = append(sources, k.from)
		}
	}
	var errs []error
	for _, from := range sources {
		errs = append(errs, p.publish(from))
	}
	return errors.Join(errs...)
}

// Mirror is packets of one interface that are copied to another one.
type Mirror struct {
	From, To   uint32
	Device, L2 State
}

// All lists the mirrors, by source and destination.
func (p *Plugin) All() (list []Mirror) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.sorted() {
		s := p.mirrors[k]
		list = append(list, Mirror{k.from, k.to, s[Device], s[L2]})
	}
	return list
}

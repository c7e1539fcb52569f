package gvpp

import (
	"context"
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/ethernet"
)

// Sub-interfaces: those of an interface's frames that carry certain VLAN tags, as an interface of their own, which hangs on its
// parent: it sends by the parent's ports, has the parent's address and goes with it.

// subInterface is a sub-interface's recipe, and the device that it makes, which has no ports.
type subInterface struct {
	name   string
	parent *iface
	id     uint32
	match  ethernet.Match
}

// Name implements port.Interface.
func (s *subInterface) Name() string { return s.name }

// Open implements port.Interface.
func (s *subInterface) Open(*port.Host) (port.Device, error) { return s, nil }

// Ports implements port.Device.
func (s *subInterface) Ports() []port.Port { return nil }

// subDriver is what Info says of a sub-interface's driver.
const subDriver = "sub-interface"

// Info implements port.Device: what the parent's says. The dataplane's lock is held.
func (s *subInterface) Info() port.Info {
	if s.parent.device == nil {
		return port.Info{Driver: subDriver}
	}
	info := s.parent.info()
	info.Driver, info.Mode, info.Queues, info.Notes = subDriver, "", 0, nil
	return info
}

// Close implements port.Device.
func (s *subInterface) Close() error { return nil }

// sub is an interface's recipe if it is a sub-interface.
func (i *iface) sub() (s *subInterface, ok bool) {
	s, ok = i.spec.(*subInterface)
	return s, ok
}

// MaxSubID bounds the number of a sub-interface.
const MaxSubID = 1<<32 - 2

// What operations on sub-interfaces refuse, for callers that test for it.
var (
	ErrSubParent = errors.New("a sub-interface can have none of its own: name its parent")
	ErrSubExists = errors.New("see `show interface`")
)

// CreateSubInterface makes sub-interface id of an interface, named PARENT.ID, of the frames that match names. It is down at first.
func (dp *Dataplane) CreateSubInterface(ctx context.Context, parent, id uint32, match ethernet.Match) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	p, err := dp.find(parent)
	if err != nil {
		return 0, err
	}
	if _, isSub := p.sub(); isSub {
		return 0, fmt.Errorf("gvpp: sub-interface of %q: %w", p.spec.Name(), ErrSubParent)
	}
	if p.device != nil && p.info().Raw {
		return 0, fmt.Errorf("gvpp: sub-interface of %q, which has no Ethernet: %w", p.spec.Name(), ErrSubParent)
	}
	for i := range dp.here() {
		if s, ok := i.sub(); ok && s.parent == p && s.id == id {
			return 0, fmt.Errorf("gvpp: sub-interface %d of %q is there already, as sw_if_index %d: %w", id, p.spec.Name(), i.swIf, ErrSubExists)
		}
	}
	sub := ethernet.Sub{Parent: parent, ID: id, Match: match}
	if err := dp.ether.Check(sub); err != nil {
		return 0, err
	}
	swIf, err = dp.add(ctx, &subInterface{name: fmt.Sprintf("%s.%d", p.spec.Name(), id), parent: p, id: id, match: match}, false)
	if swIf == 0 {
		return 0, err
	}
	return swIf, errors.Join(err, dp.ether.AddSub(ctx, swIf, sub))
}

// DeleteSubInterface is RemoveInterface of a sub-interface.
func (dp *Dataplane) DeleteSubInterface(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, isSub)
}

func isSub(i *iface) error {
	_, ok := i.sub()
	return kindFault(i, ok, "a sub-interface")
}

// subsOf is the sub-interfaces of an interface.
func (dp *Dataplane) subsOf(parent *iface) (list []uint32) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	for i := range dp.here() {
		if s, ok := i.sub(); ok && s.parent == parent && !i.leaves {
			list = append(list, i.swIf)
		}
	}
	return list
}

// SubStatus is what an operator sees of a sub-interface beyond InterfaceStatus.
type SubStatus struct {
	Parent      string `json:"parent"`
	ParentIndex uint32 `json:"parent_sw_if_index"`
	ID          uint32 `json:"id"`
	ethernet.Match
}

// subStatus is nil of an interface that is none. dp.mu is held.
func (i *iface) subStatus() *SubStatus {
	s, ok := i.sub()
	if !ok {
		return nil
	}
	return &SubStatus{s.parent.spec.Name(), s.parent.swIf, s.id, s.match}
}

// SetRouted says that an interface routes, and so takes only frames for its own address or a group's; or that it does so no more.
func (dp *Dataplane) SetRouted(swIf uint32, on bool) { dp.ether.SetRouted(swIf, on) }

package inacl

import (
	"context"
	"fmt"

	"github.com/gvpp/gvpp/api"
)

// Set has an interface ask a table of each kind, or with on false no longer; None leaves a kind as it is. As in VPP an interface that
// asks one already goes on to ask that.
//
// Punt knows no interfaces: swIf is 0 with it, and there are tables for packets only, none for frames.
func (p *Plugin) Set(ctx context.Context, d Direction, swIf uint32, tables [numKinds]uint32, on bool) error {
	if d == Punt && (swIf != everywhere || tables[L2] != None) {
		return api.Wrap(api.InvalidValue, fmt.Errorf("inacl: punt ACL of sw_if_index %d, table %d for frames: want none of both", swIf, int32(tables[L2])))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); d != Punt && (err != nil || at != swIf) {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("inacl: there is no interface with sw_if_index %d", swIf))
	}
	s := p.clone()
	var changed []Kind
	for k, index := range tables {
		if index == None {
			continue
		}
		if _, err := s.find(index); err != nil {
			return err
		}
		switch now := s.index(d, Kind(k), swIf); {
		case !on && now != index:
			return api.Wrap(noSuchTable, fmt.Errorf("inacl: table %d is not the %v ACL of %s for %v", index, d, p.dp.InterfaceName(swIf), Kind(k)))
		case on && now != None:
			continue
		case !on:
			index = None
		}
		s.set(d, Kind(k), swIf, index)
		changed = append(changed, Kind(k))
	}
	if err := p.publish(ctx, s); err != nil {
		return err
	}
	for _, k := range changed {
		if err := p.enable(d, k, swIf, on); err != nil {
			return err
		}
	}
	return nil
}

// changed has punt ACLs see what is for this host by a new interface, too. The dataplane is locked.
func (p *Plugin) changed(swIf uint32) {
	for k := range numKinds {
		if p.Asked(Punt, k, everywhere) == None {
			continue
		}
		if err := p.enable(Punt, k, swIf, true); err != nil {
			p.dp.Log().Warn("punt ACL: an interface is left out", "interface", p.dp.InterfaceName(swIf), "cause", err)
		}
	}
}

// set says which table an interface asks.
func (s *state) set(d Direction, k Kind, swIf, index uint32) {
	for uint64(len(s.asks[d][k])) <= uint64(swIf) {
		s.asks[d][k] = append(s.asks[d][k], None)
	}
	s.asks[d][k][swIf] = index
}

// enable has a node see an interface's packets, or not.
func (p *Plugin) enable(d Direction, k Kind, swIf uint32, on bool) error {
	if d == Punt && swIf == everywhere {
		for _, name := range p.dp.InterfaceNames() {
			if at, err := p.dp.Interface(name); err == nil {
				if err := p.enable(d, k, at, on); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, arc := range places[d][k].arcs {
		if _, err := p.dp.SetFeature(arc, places[d][k].node, swIf, on); err != nil {
			return fmt.Errorf("inacl: %w", err)
		}
	}
	return nil
}

// forget drops what an interface had that is removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.clone()
	for d := range s.asks {
		for k := range s.asks[d] {
			if s.index(Direction(d), Kind(k), swIf) != None {
				s.set(Direction(d), Kind(k), swIf, None)
			}
		}
	}
	p.state.Store(s)
	return nil
}

// Asked is the table that an interface asks, None for none.
func (p *Plugin) Asked(d Direction, k Kind, swIf uint32) uint32 {
	return p.state.Load().index(d, k, swIf)
}

// Report is a table and its sessions.
type Report struct {
	Table
	Sessions []*Session
}

// Tables tells of all tables, by index.
func (p *Plugin) Tables() (list []Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.state.Load().tables {
		if t != nil {
			list = append(list, Report{t.Table, t.sessions.all()})
		}
	}
	return list
}

// Lookup tells of one table.
func (p *Plugin) Lookup(index uint32) (Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, err := p.state.Load().find(index)
	if err != nil {
		return Report{}, err
	}
	return Report{t.Table, t.sessions.all()}, nil
}

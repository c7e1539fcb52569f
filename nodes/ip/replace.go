package ip

import (
	"errors"
	"maps"
	"net/netip"
)

// Whoever keeps the configuration elsewhere says all of it again after he has lost sight of this program: what he has not said
// between begin and end is taken away, and the rest is not touched meanwhile.

// BeginAddressReplace marks the addresses of all interfaces. Until the end one that is added again, be it to another interface, is
// there for good.
func (p *Plugin) BeginAddressReplace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.ifs {
		i.stale = make(map[netip.Prefix]bool, len(i.addresses))
		for _, a := range i.addresses {
			i.stale[a] = true
		}
	}
}

// EndAddressReplace takes away the addresses that have not been added again.
func (p *Plugin) EndAddressReplace() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for swIf, i := range p.ifs {
		for a := range maps.Clone(i.stale) {
			errs = append(errs, p.take(swIf, i, a))
		}
		i.stale = nil
	}
	return errors.Join(errs...)
}

// BeginTableReplace marks the operator's routes of a table.
func (p *Plugin) BeginTableReplace(v6 bool, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.BeginReplace(v6, id)
}

// EndTableReplace deletes those routes that have not been added again.
func (p *Plugin) EndTableReplace(v6 bool, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.EndReplace(v6, id)
}

// BeginNeighborReplace marks the neighbours of all interfaces.
func (p *Plugin) BeginNeighborReplace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.neighbors.BeginReplace()
}

// EndNeighborReplace forgets those that have not been said again, nor heard of.
func (p *Plugin) EndNeighborReplace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.neighbors.EndReplace()
	p.setDue()
}

// SetBroadcast says whether packets that come from elsewhere and are for all hosts of an interface's IPv4 networks are sent to
// them. They are not if nobody says so (RFC 2644).
func (p *Plugin) SetBroadcast(swIf uint32, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	i.broadcast = on
	return p.configure(swIf, i)
}

package ip

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// routeBatch is how many routes change under the lock at once: workers that have learned of neighbours wait for it, and so do
// interfaces that change.
const routeBatch = 1 << 14

// ChangeRoutes changes the operator's routes in a table. Workers act on them from their next pass on. At the first that cannot be
// changed it stops; done is how many have been before.
func (p *Plugin) ChangeRoutes(v6 bool, table uint32, changes ...fib.Change) (done int, err error) {
	for done < len(changes) {
		part := changes[done:min(done+routeBatch, len(changes))]
		n, err := p.changeBatch(v6, table, part)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

func (p *Plugin) changeBatch(v6 bool, table uint32, changes []fib.Change) (done int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range changes {
		for _, path := range changes[i].Paths {
			if path.SwIf != 0 && !changes[i].Delete {
				if _, err := p.find(path.SwIf); err != nil {
					return 0, err
				}
			}
		}
	}
	return p.fib.Apply(v6, table, changes...)
}

// AddTable makes a table, if there is none of that id; name may be "".
func (p *Plugin) AddTable(v6 bool, id uint32, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.AddTable(v6, id, name)
}

// DeleteTable takes a table away with the operator's routes in it; no interface may be in it.
func (p *Plugin) DeleteTable(v6 bool, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.DeleteTable(v6, id)
}

// FlushTable takes the operator's routes out of a table.
func (p *Plugin) FlushTable(v6 bool, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.FlushTable(v6, id)
}

// Tables lists the tables of a family.
func (p *Plugin) Tables(v6 bool) []fib.TableInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.Tables(v6)
}

// table finds a table.
func (p *Plugin) table(v6 bool, id uint32) (fib.TableInfo, error) {
	for _, t := range p.Tables(v6) {
		if t.ID == id {
			return t, nil
		}
	}
	return fib.TableInfo{}, fmt.Errorf("ip: no IPv%d table %d: %w", 4+2*family(v6), id, fib.ErrNoTable)
}

// Sizes is how many routes, different sets of paths, and hops there are, all tables together.
func (p *Plugin) Sizes() fib.Sizes {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.Sizes()
}

// ErrNeighbor is what operations on neighbours refuse.
var ErrNeighbor = errors.New("want the address of a host and its own MAC address")

// SetNeighbor makes known how a host on an interface's link is reached. A static one changes by SetNeighbor only; another one when it
// is heard of. noRoute keeps it out of the forwarding table: it is a next hop only.
func (p *Plugin) SetNeighbor(swIf uint32, a netip.Addr, mac [6]byte, static, noRoute bool) error {
	if !a.IsValid() || a.IsMulticast() || a.IsUnspecified() || a.Is4In6() || a.Zone() != "" || mac[0]&1 != 0 || mac == ([6]byte{}) {
		return fmt.Errorf("ip: neighbour %v at %x: %w", a, mac, ErrNeighbor)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.find(swIf); err != nil {
		return err
	}
	if err := p.neighbors.Set(p.dp.Clock(), keyOf(swIf, a), mac, static, noRoute); err != nil {
		return err
	}
	p.setDue()
	return nil
}

// DeleteNeighbor forgets a neighbour.
func (p *Plugin) DeleteNeighbor(swIf uint32, a netip.Addr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.neighbors.Delete(keyOf(swIf, a))
}

// FlushNeighbors forgets the neighbours of an interface, or with ^0 of all, that have an address of the family.
func (p *Plugin) FlushNeighbors(swIf uint32, v6 bool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.neighbors.Flush(func(e *neighbor.Entry) bool { return (swIf == ^uint32(0) || e.SwIf == swIf) && e.Addr.Is6() == v6 })
}

// Neighbors lists all neighbours, by interface and address.
func (p *Plugin) Neighbors() []neighbor.Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.neighbors.Entries()
}

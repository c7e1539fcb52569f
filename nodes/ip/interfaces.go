package ip

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// What operations on addresses refuse, for callers that test for it.
var (
	ErrAddressInUse   = errors.New("overlapping prefixes are for one interface only, and of one length there; see `show interface address`")
	ErrAddressThere   = errors.New("an address is added once only; see `show interface address`")
	ErrAddressUnknown = errors.New("see `show interface address`")
	ErrAddressLength  = errors.New("the prefix length of a link-local address must be 128")
	ErrNotExact       = errors.New("a sub-interface without exact-match, which has frames of other tags too, cannot have an address: make it with exact-match")
	ErrHasAddress     = errors.New("delete its addresses first")
	ErrNoInterface    = errors.New("see `show interface`")
)

// maxAddresses bounds the addresses of an interface. More make adding one slow, for it is compared with all.
const maxAddresses = 1024

// ifState is what the operator has said of an interface.
type ifState struct {
	addresses []netip.Prefix // with the hosts' bits, in the order in which they were added
	enabled   [2]bool        // by family: without an address, too
	table     [2]uint32
	lender    uint32                // whose addresses it has, too; 0: nobody's
	proxy     bool                  // it answers ARP for the addresses of proxies
	broadcast bool                  // packets to its networks' broadcast addresses are forwarded
	stale     map[netip.Prefix]bool // addresses that whoever replaces all has not said again yet
	routed    bool                  // somebody was told so
}

// on says whether an interface forwards a family.
func (i *ifState) on(v6 bool) bool {
	return i.enabled[family(v6)] || i.lender != 0 || slices.ContainsFunc(i.addresses, func(p netip.Prefix) bool { return p.Addr().Is6() == v6 })
}

func family(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}

// find is what is known of an interface that is there. mu is held.
func (p *Plugin) find(swIf uint32) (*ifState, error) {
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return nil, fmt.Errorf("ip: no interface with sw_if_index %d: %w", swIf, ErrNoInterface)
	}
	i := p.ifs[swIf]
	if i == nil {
		i = &ifState{}
		p.ifs[swIf] = i
	}
	return i, nil
}

// AddAddress gives an interface an address: the prefix has the host's bits, too. As in VPP, it must not overlap with what
// another interface of the same table has, or this one with another length; link-local ones, which have length 128, are each
// interface's own. From then on the interface forwards packets of that family. It is published when AddAddress returns, and workers
// act on it from their next pass on.
func (p *Plugin) AddAddress(swIf uint32, a netip.Prefix) error {
	if err := checkAddress(a); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	name := p.dp.InterfaceName(swIf)
	if l, _ := p.dp.Link(swIf); l.NoIP {
		return api.Wrap(unsupported, fmt.Errorf("ip: %v on %s: %w", a, name, ErrNotExact))
	}
	if len(i.addresses) >= maxAddresses {
		return api.Wrap(api.LimitExceeded, fmt.Errorf("ip: %s has %d addresses, which is the most; delete one first", name, maxAddresses))
	}
	if i.stale[a] {
		delete(i.stale, a)
		return nil
	}
	v := family(a.Addr().Is6())
	for swIf2, other := range p.ifs {
		for _, has := range slices.Clone(other.addresses) {
			if other.table[v] != i.table[v] || !conflict(a, has, other == i) {
				continue
			}
			if !other.stale[has] {
				if other == i && a == has {
					return fmt.Errorf("ip: %s has %v: %w", name, a, ErrAddressThere)
				}
				return fmt.Errorf("ip: %v on %s conflicts with %v of %s: %w", a, name, has, p.dp.InterfaceName(swIf2), ErrAddressInUse)
			}
			if err := p.take(swIf2, other, has); err != nil { // it would have gone at the end anyway
				return err
			}
		}
	}
	i.addresses = append(i.addresses, a)
	return p.configure(swIf, i)
}

// checkAddress says what no interface can have.
func checkAddress(p netip.Prefix) error {
	switch a := p.Addr(); {
	case !p.IsValid() || a.Is4In6():
		return errors.New("ip: no valid address: want ADDRESS/LENGTH")
	case a.IsMulticast(), a.IsUnspecified():
		return api.Wrap(api.InvalidValue, fmt.Errorf("ip: %v is no interface's address: want one of a host", p))
	case linksOwn(a) && p.Bits() != 128:
		return fmt.Errorf("ip: %v: %w", p, ErrAddressLength)
	}
	return nil
}

// linksOwn says whether an address means something on one link only, so that it is in no table. IPv4's are like any other.
func linksOwn(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }

// conflict says whether an interface cannot have p where this one, or another, has q.
func conflict(p, q netip.Prefix, same bool) bool {
	switch {
	case !same && linksOwn(p.Addr()):
		return false
	case same && p.Bits() == q.Bits():
		return p.Addr() == q.Addr()
	}
	return p.Overlaps(q)
}

// DeleteAddress takes an address away from an interface.
func (p *Plugin) DeleteAddress(swIf uint32, a netip.Prefix) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	return p.take(swIf, i, a)
}

// take takes an address away. mu is held.
func (p *Plugin) take(swIf uint32, i *ifState, a netip.Prefix) error {
	at := slices.Index(i.addresses, a)
	if at < 0 {
		return fmt.Errorf("ip: %v not found for interface %s: %w", a, p.dp.InterfaceName(swIf), ErrAddressUnknown)
	}
	i.addresses = slices.Delete(i.addresses, at, at+1)
	delete(i.stale, a)
	return p.configure(swIf, i)
}

// DeleteAddresses takes all addresses away from an interface, if it has any.
func (p *Plugin) DeleteAddresses(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	i.addresses, i.stale = nil, nil
	return p.configure(swIf, i)
}

// Addresses is those of an interface, in the order in which they were added.
func (p *Plugin) Addresses(swIf uint32) []netip.Prefix {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.ifs[swIf]; i != nil {
		return slices.Clone(i.addresses)
	}
	return nil
}

// Enable makes an interface forward a family without an address of it, or ends that. IPv6 gives it its link-local address.
func (p *Plugin) Enable(swIf uint32, v6, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	i.enabled[family(v6)] = on
	return p.configure(swIf, i)
}

// SetTable says in which table packets from an interface are looked up, and its networks are. It must have no address of the family.
func (p *Plugin) SetTable(swIf uint32, v6 bool, table uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	v := family(v6)
	if i.table[v] == table {
		return nil
	}
	if !slices.ContainsFunc(p.fib.Tables(v6), func(t fib.TableInfo) bool { return t.ID == table }) {
		return fmt.Errorf("ip: no IPv%d table %d: %w", 4+2*v, table, fib.ErrNoTable)
	}
	if slices.ContainsFunc(i.addresses, func(a netip.Prefix) bool { return a.Addr().Is6() == v6 && !linksOwn(a.Addr()) }) {
		return fmt.Errorf("ip: %s has addresses in table %d: %w", p.dp.InterfaceName(swIf), i.table[v], ErrHasAddress)
	}
	i.table[v] = table
	return p.configure(swIf, i)
}

// Table is the table of an interface.
func (p *Plugin) Table(swIf uint32, v6 bool) (uint32, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return 0, err
	}
	return i.table[family(v6)], nil
}

// TableOf is the table of an interface and its place; 0 and 0 where there is none.
func (p *Plugin) TableOf(swIf uint32, v6 bool) (id, place uint32) {
	id, _ = p.Table(swIf, v6)
	if t, err := p.table(v6, id); err == nil {
		place = t.Place
	}
	return id, place
}

// configure makes an interface what the operator has said. mu is held.
func (p *Plugin) configure(swIf uint32, i *ifState) error {
	c := fib.Interface{On: [2]bool{i.on(false), i.on(true)}, Table: i.table, Addresses: i.addresses, Borrowed: p.lent(i), Broadcast: i.broadcast}
	info := p.newInfo(swIf, i)
	for v := range c.On {
		if c.On[v] { // a table that nobody uses may have been deleted
			if err := p.fib.AddTable(v == 1, c.Table[v], ""); err != nil {
				return err
			}
		}
	}
	if l, _ := p.dp.Link(swIf); !l.Admin { // as in VPP: what is off has no addresses to route to
		c.Addresses = nil
	} else if info.link.IsValid() {
		c.Addresses = append(slices.Clone(c.Addresses), netip.PrefixFrom(info.link, 128))
	}
	p.publish(swIf, info) // answers before there are routes, never the other way
	err := errors.Join(p.fib.Configure(swIf, c), p.configureBorrowers(swIf))
	p.neighbors.Flush(p.lost(swIf, &info))
	if routed := c.On[0] || c.On[1]; routed != i.routed {
		i.routed = routed
		if p.routed != nil {
			p.routed(swIf, routed)
		}
	}
	return err
}

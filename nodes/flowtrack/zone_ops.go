package flowtrack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gvpp/gvpp/api"
)

// Zone puts the packets that come from an interface, or with one VLAN tag from it, into a zone of their own: equal addresses
// in two zones are different sessions. Answers must come from an interface in the same zone.
type Zone struct {
	Interface uint32
	VLAN      uint16 // the outer tag's, 1 to 4094; 0: untagged packets, and VLANs that are in no zone of their own
	Zone      uint16
}

// MaxVLAN is the highest number of a VLAN.
const MaxVLAN = 4094

// zoning is what the operator has said about zones. Guarded by Plugin.mu.
type zoning struct {
	of     []Zone
	policy [policyMask + 1]uint32 // as zones.policy
	used   uint32                 // bit by policy: it has had a zone before, whose sessions may be left
}

// SetZone sets the zone of an interface or VLAN, for sessions that begin from now on; zone 0 is where all others are.
func (p *Plugin) SetZone(ctx context.Context, z Zone) error {
	if z.VLAN > MaxVLAN {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: VLAN %d: want 1 to %d", z.VLAN, MaxVLAN))
	}
	return p.rezone(ctx, func(of []Zone) ([]Zone, error) {
		if err := p.checkInterface(z.Interface); err != nil { // with p.mu held: one that is removed has lost its name before it is forgotten
			return nil, err
		}
		of = slices.DeleteFunc(of, z.samePlace)
		return append(of, z), nil
	})
}

// checkInterface is an error for an interface that does not exist.
func (p *Plugin) checkInterface(swIf uint32) error {
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("flowtrack: no interface with sw_if_index %d; there are %v", swIf, p.dp.InterfaceNames()))
	}
	return nil
}

// DeleteZone undoes SetZone for an interface or VLAN.
func (p *Plugin) DeleteZone(ctx context.Context, swIf uint32, vlan uint16) error {
	return p.rezone(ctx, func(of []Zone) ([]Zone, error) {
		n := len(of)
		if of = slices.DeleteFunc(of, (&Zone{Interface: swIf, VLAN: vlan}).samePlace); len(of) == n {
			return of, api.Wrap(api.NoSuchEntry, fmt.Errorf("flowtrack: %s has no zone: `show flowtrack zones` lists those that have", p.place(swIf, vlan)))
		}
		return of, nil
	})
}

// forgetInterface ends the zones of an interface that is removed. Its sessions stay until they expire: their answers may come by
// others.
func (p *Plugin) forgetInterface(swIf uint32) error {
	return p.rezone(context.Background(), func(of []Zone) ([]Zone, error) {
		return slices.DeleteFunc(of, func(z Zone) bool { return z.Interface == swIf }), nil
	})
}

func (z *Zone) samePlace(o Zone) bool { return o.Interface == z.Interface && o.VLAN == z.VLAN }

// place is an interface or VLAN in words.
func (p *Plugin) place(swIf uint32, vlan uint16) string {
	if vlan == 0 {
		return p.dp.InterfaceName(swIf)
	}
	return fmt.Sprintf("%s vlan %d", p.dp.InterfaceName(swIf), vlan)
}

// rezone changes the zones and returns when that holds for all workers.
func (p *Plugin) rezone(ctx context.Context, change func([]Zone) ([]Zone, error)) error {
	p.mu.Lock()
	of, err := change(slices.Clone(p.zoning.of))
	if err == nil {
		p.zoning.of = of
		p.publishZones()
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// publishZones publishes what zoning says. The caller holds mu.
func (p *Plugin) publishZones() {
	next := *p.published.Load()
	if next.zones = nil; len(p.zoning.of) != 0 {
		next.zones = p.zoning.snapshot()
	}
	p.published.Store(&next)
}

// snapshot is the zones as workers want them.
func (g *zoning) snapshot() *zones {
	z := &zones{policy: g.policy}
	slices.SortFunc(g.of, func(a, b Zone) int {
		return cmp.Or(cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.VLAN, b.VLAN))
	})
	z.byIf = make([]ifZone, g.of[len(g.of)-1].Interface+1)
	for _, o := range g.of {
		if i := &z.byIf[o.Interface]; o.VLAN == 0 {
			i.zone = o.Zone
		} else {
			i.vlans = append(i.vlans, uint32(o.VLAN)<<16|uint32(o.Zone))
		}
	}
	return z
}

// Zones lists what was set, by interface and VLAN.
func (p *Plugin) Zones() []Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.zoning.of)
}

// errZone0 is what is said of timeouts of zone 0.
var errZone0 = api.Wrap(api.InvalidValue, errors.New("flowtrack: timeouts of zone 0 are those of all zones that set none of their own: leave out `zone 0`"))

// SetZoneTimeout changes a timeout for a zone; it holds at once, also for the sessions that the zone has. Sessions that began
// before the zone's first timeout was set go on with the common ones.
func (p *Plugin) SetZoneTimeout(ctx context.Context, name string, d time.Duration, zone uint16) error {
	k, err := checkTimeout(name, d)
	if err != nil {
		return err
	}
	if zone == 0 {
		return errZone0
	}
	p.mu.Lock()
	policy, err := p.zoning.take(zone)
	if err == nil {
		p.timeouts.set(policy, k, d)
		p.publishZones()
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// take is the zone's policy, a new one if need be: one that no zone has had before, or else whose zone has given it up.
func (g *zoning) take(zone uint16) (policy uint32, err error) {
	best := uint32(0)
	for i := uint32(1); i < uint32(len(g.policy)); i++ {
		switch {
		case g.policy[i] == 1<<16|uint32(zone):
			return i, nil
		case g.policy[i] != 0, best != 0 && g.used>>i&1 >= g.used>>best&1:
		default:
			best = i
		}
	}
	if best == 0 {
		return 0, api.Wrap(api.LimitExceeded, fmt.Errorf("flowtrack: timeouts of zone %d: %d zones have timeouts of their own already, which is the most: take one's back with `flowtrack timeout del zone N`", zone, policyMask))
	}
	g.policy[best], g.used = 1<<16|uint32(zone), g.used|1<<best
	return best, nil
}

// DeleteZoneTimeouts has a zone follow the common timeouts again.
func (p *Plugin) DeleteZoneTimeouts(ctx context.Context, zone uint16) error {
	p.mu.Lock()
	policy := uint32(0)
	for i, owner := range p.zoning.policy {
		if owner == 1<<16|uint32(zone) {
			policy = uint32(i)
		}
	}
	if policy != 0 {
		p.zoning.policy[policy] = 0
		p.timeouts.clearPolicy(policy)
		p.publishZones()
	}
	p.mu.Unlock()
	if policy == 0 {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("flowtrack: zone %d has no timeouts of its own: `show flowtrack zones` lists those that have", zone))
	}
	return p.dp.Published(ctx)
}

// ZoneTimeouts are the timeouts that a zone has set itself.
func (p *Plugin) ZoneTimeouts() map[uint16]map[string]time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[uint16]map[string]time.Duration{}
	for i, owner := range p.zoning.policy {
		if owner != 0 {
			all[uint16(owner)] = p.timeouts.ownOf(uint32(i))
		}
	}
	return all
}

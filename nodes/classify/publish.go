package classify

import (
	"context"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/api"
)

// publish makes the configuration effective, in one step: the pointer to the ruleset. The features that the new ruleset
// needs are on before it, and do nothing under the old one; those that it does not need go off behind it. p.mu is held.
func (p *Plugin) publish(ctx context.Context) error {
	rs := p.compile()
	if err := p.wire(rs, true); err != nil {
		return err
	}
	p.published.Store(rs)
	if err := p.dp.Published(ctx); err != nil {
		return fmt.Errorf("classify: the change is made, but not all workers have confirmed it: %w", err)
	}
	for _, d := range p.deadSlot { // no worker counts on these any more
		p.past.add(d.action, p.sum(d.slot).Packets)
		for _, s := range p.counters {
			c := s.at(d.slot)
			c.packets.Reset()
			c.bytes.Reset()
		}
		p.book.compiled[d.slot] = compiled{}
		p.freeSlot = append(p.freeSlot, d.slot)
	}
	p.deadSlot = p.deadSlot[:0]
	p.book.reclaim()
	return p.wire(rs, false)
}

// features are what a point needs, by Direction; where the out point is active, the in point is. pkt-classify may be on
// before the others, for it does nothing until the ruleset says that the point is active. Sessions are followed in both
// directions: answers may come from an interface without rules, and then are met on their way out.
var features = [2][]struct{ arc, node string }{
	In: {
		{"ip4-unicast", "virtual-reassembly"}, {"ip6-unicast", "virtual-reassembly"}, {"interface-output", "virtual-reassembly-out"},
		{"ip4-unicast", "flow-lookup"}, {"ip4-unicast", "pkt-classify"}, {"ip4-unicast", "flow-track"},
		{"ip6-unicast", "flow-lookup"}, {"ip6-unicast", "pkt-classify"}, {"ip6-unicast", "flow-track"},
		{"l2-input", "classify-non-ip"}, {"interface-output", "flow-lookup-out"}, {"interface-output", "flow-track-out"},
	},
	Out: {{"interface-output", "pkt-classify-out"}},
}

// wire switches on the features of active points that are off, or off those of others that are on. It returns when the
// features that it has switched on are on for all workers, which takes each no more than a pass. p.mu is held.
func (p *Plugin) wire(rs *ruleset, on bool) error {
	changed := false
	for swIf, c := range p.ifs {
		for d := range c.wired {
			if c.wired[d] == on || rs.points[pointOf(uint32(swIf), Direction(d))].active != on {
				continue
			}
			for _, f := range features[d] {
				if p.sessions == nil && strings.HasPrefix(f.node, "flow-") {
					continue // a tracker may run that is not ours
				}
				if _, err := p.dp.SetFeature(f.arc, f.node, uint32(swIf), on); err != nil {
					return fmt.Errorf("classify: %w", err)
				}
			}
			c.wired[d], changed = on, true
		}
	}
	if !changed || !on {
		return nil
	}
	return p.dp.Published(context.Background())
}

// ifConfig is the settings of an interface, made at first use. p.mu is held.
func (p *Plugin) ifConfig(swIf uint32) (*ifConfig, error) {
	for int(swIf) >= len(p.ifs) {
		c := &ifConfig{}
		for _, slot := range []*uint32{&c.fallbackSlot[In], &c.fallbackSlot[Out], &c.neighbourSlot[In], &c.neighbourSlot[Out], &c.nonIPSlot} {
			var err error
			if *slot, err = p.newSlot(); err != nil {
				return nil, err
			}
		}
		p.ifs = append(p.ifs, c)
	}
	return p.ifs[swIf], nil
}

// newSlot hands out a counter, at zero.
func (p *Plugin) newSlot() (uint32, error) {
	if n := len(p.freeSlot); n > 0 {
		slot := p.freeSlot[n-1]
		p.freeSlot = p.freeSlot[:n-1]
		return slot, nil
	}
	if p.slotUsed == maxSlots {
		return 0, api.Wrap(api.LimitExceeded, fmt.Errorf("classify: no room for so many rules: %d, defaults and the rules to be replaced included, are the most there can be; delete some first", p.slotUsed))
	}
	slot := p.slotUsed
	p.slotUsed++
	for _, s := range p.counters {
		s.ensure(slot)
	}
	return slot, nil
}

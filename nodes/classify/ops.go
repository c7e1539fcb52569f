package classify

import (
	"context"
	"fmt"
	"slices"
)

// Add appends a rule to its point, or puts it before the rule with the id before, and returns its id. Ids rise and are
// never used again.
func (p *Plugin) Add(ctx context.Context, r Rule, before *uint32) (id uint32, err error) {
	if err := r.Validate(); err != nil {
		return 0, fmt.Errorf("classify: %w", err)
	}
	if r.KeepState && p.sessions == nil {
		return 0, fmt.Errorf("classify: keep-state needs the flowtrack plugin, which this program does not have")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := len(p.rules)
	if before != nil {
		if at = p.index(*before); at < 0 {
			return 0, p.noRule(*before)
		}
	}
	c, err := p.ifConfig(r.Interface)
	if err != nil {
		return 0, err
	}
	slot, err := p.newSlot()
	if err != nil {
		return 0, err
	}
	r.ID = p.nextID
	r.interfaceName, r.targetName = p.dp.InterfaceName(r.Interface), p.dp.InterfaceName(r.Target)
	p.nextID++
	c.configured = true
	p.rules = slices.Insert(p.rules, at, &entry{r, slot})
	return r.ID, p.publish(ctx, r.Interface)
}

// Delete removes a rule. Sessions that it let through are looked at again at their next packet.
func (p *Plugin) Delete(ctx context.Context, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.index(id)
	if at < 0 {
		return p.noRule(id)
	}
	e := p.rules[at]
	p.rules = slices.Delete(p.rules, at, at+1)
	if err := p.publish(ctx, e.rule.Interface); err != nil {
		return err
	}
	for _, s := range p.counters { // no worker counts on it any more
		c := s.at(e.slot)
		c.packets.Store(0)
		c.bytes.Store(0)
	}
	p.freeSlot = append(p.freeSlot, e.slot)
	return nil
}

// SetDefault says what happens to an interface's packets that no rule matches.
func (p *Plugin) SetDefault(ctx context.Context, swIf uint32, a Action) error {
	return p.configure(ctx, swIf, func(c *ifConfig) { c.fallback, c.configured = a, true })
}

// SetNonIP says what happens to frames that an interface receives and that are not IP.
func (p *Plugin) SetNonIP(ctx context.Context, swIf uint32, a Action) error {
	return p.configure(ctx, swIf, func(c *ifConfig) { c.nonIP, c.configured = a, true })
}

// Enable switches all that is configured for an interface on or off. An interface that was never told so is on as soon as
// it has a rule or a setting.
func (p *Plugin) Enable(ctx context.Context, swIf uint32, on bool) error {
	return p.configure(ctx, swIf, func(c *ifConfig) { c.enabled = &on })
}

func (p *Plugin) configure(ctx context.Context, swIf uint32, change func(*ifConfig)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.ifConfig(swIf)
	if err != nil {
		return err
	}
	change(c)
	return p.publish(ctx, swIf)
}

// publish makes the configuration effective: the ruleset first, then the features of the interface concerned. p.mu is
// held.
func (p *Plugin) publish(ctx context.Context, swIf uint32) error {
	rs := p.compile()
	p.published.Store(rs)
	in := rs.points[pointOf(swIf, In)].active
	out := rs.points[pointOf(swIf, Out)].active
	for _, f := range []struct {
		arc, node string
		on        bool
	}{
		{"ip4-unicast", "flow-lookup", in}, {"ip6-unicast", "flow-lookup", in},
		{"ip4-unicast", "pkt-classify", in}, {"ip6-unicast", "pkt-classify", in},
		{"ip4-unicast", "flow-track", in}, {"ip6-unicast", "flow-track", in},
		{"l2-input", "classify-non-ip", in},
		{"interface-output", "flow-lookup-out", out},
		{"interface-output", "pkt-classify-out", out},
		{"interface-output", "flow-track-out", out},
	} {
		if _, err := p.dp.SetFeature(f.arc, f.node, swIf, f.on); err != nil {
			return fmt.Errorf("classify: %w", err)
		}
	}
	return p.dp.Published(ctx)
}

func (p *Plugin) index(id uint32) int {
	return slices.IndexFunc(p.rules, func(e *entry) bool { return e.rule.ID == id })
}

func (p *Plugin) noRule(id uint32) error {
	return fmt.Errorf("classify: no rule %d; `show classify` lists them", id)
}

// ifConfig is the settings of an interface, made at first use. p.mu is held.
func (p *Plugin) ifConfig(swIf uint32) (*ifConfig, error) {
	for int(swIf) >= len(p.ifs) {
		c := &ifConfig{}
		for _, slot := range []*uint32{&c.fallbackSlot[In], &c.fallbackSlot[Out], &c.nonIPSlot} {
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
	if p.slotUsed == maxBlocks*slotBlock {
		return 0, fmt.Errorf("classify: %d rules are the most there can be; delete some", p.slotUsed)
	}
	slot := p.slotUsed
	p.slotUsed++
	for _, s := range p.counters {
		s.ensure(slot)
	}
	return slot, nil
}

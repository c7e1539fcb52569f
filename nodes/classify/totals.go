package classify

// Totals is how many packets rules and defaults have decided about, at all points, since the start.
type Totals struct {
	Passed  uint64 // redirected ones included
	Dropped uint64
}

// add counts packets that an action has decided about. n may be what two's complement makes of a negative number.
func (t *Totals) add(a Action, n uint64) {
	if a == Drop {
		t.Dropped += n
	} else {
		t.Passed += n
	}
}

// Totals reads them. A packet that two points have decided about counts twice, frames that are not IP count, too.
func (p *Plugin) Totals() Totals {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.past
	for e := range p.book.all() {
		t.add(e.action, p.sum(e.slot).Packets)
	}
	for _, d := range p.deadSlot {
		t.add(d.action, p.sum(d.slot).Packets)
	}
	for _, c := range p.ifs {
		for d := range c.fallbackSlot {
			t.add(c.fallback, p.sum(c.fallbackSlot[d]).Packets)
			t.add(Pass, p.sum(c.neighbourSlot[d]).Packets)
		}
		t.add(c.nonIP, p.sum(c.nonIPSlot).Packets)
	}
	for _, v := range p.views {
		n := v.noRoom.Load()
		t.Passed -= n
		t.Dropped += n
	}
	return t
}

// setFallback changes a default. What its counters have counted stays the old one's. p.mu is held.
func (p *Plugin) setFallback(c *ifConfig, a Action) {
	for d := range c.fallbackSlot {
		p.past.move(c.fallback, a, p.sum(c.fallbackSlot[d]).Packets)
	}
	c.fallback = a
}

// setNonIP is setFallback for frames that are not IP.
func (p *Plugin) setNonIP(c *ifConfig, a Action) {
	p.past.move(c.nonIP, a, p.sum(c.nonIPSlot).Packets)
	c.nonIP = a
}

// move keeps the totals as they are when a counter that has counted n becomes another action's.
func (t *Totals) move(from, to Action, n uint64) {
	t.add(from, n)
	t.add(to, -n)
}

// InterfaceState is the settings of an interface, and what no rule has decided about.
type InterfaceState struct {
	Interface      uint32
	Enabled        bool
	Default, NonIP Action
	Rules          [2]int // by Direction, here and below

	ByDefault  [2]DefaultReport
	Neighbours [2]DefaultReport // neighbour discovery that a default drop has let pass
	ByNonIP    DefaultReport
}

// Interfaces describes the interfaces that have rules or settings, or one.
func (p *Plugin) Interfaces(only *uint32) (list []InterfaceState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.ifs {
		swIf := uint32(i)
		if only != nil && *only != swIf || only == nil && !c.configured && c.enabled == nil {
			continue
		}
		s := InterfaceState{Interface: swIf, Enabled: c.active(), Default: c.fallback, NonIP: c.nonIP, ByNonIP: p.sum(c.nonIPSlot)}
		for _, d := range []Direction{In, Out} {
			if at := pointOf(swIf, d); int(at) < len(p.book.points) {
				s.Rules[d] = p.book.points[at].rules
			}
			s.ByDefault[d], s.Neighbours[d] = p.sum(c.fallbackSlot[d]), p.sum(c.neighbourSlot[d])
		}
		list = append(list, s)
	}
	if only != nil && len(list) == 0 {
		list = append(list, InterfaceState{Interface: *only})
	}
	return list
}

package l2

import (
	"context"
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// Bridge puts an interface into a domain, which is made if there is none, out of whatever it was in before. It returns when all
// workers act on that.
func (p *Plugin) Bridge(ctx context.Context, swIf, id uint32, kind Kind, shg uint8) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.exists(swIf); err != nil {
		return err
	}
	d, err := p.domainFor(id)
	if err != nil {
		return err
	}
	if at, ok := d.Of(kind); ok && at != swIf && kind != Normal {
		return fmt.Errorf("l2: %s of bridge domain %d is %s already: %w", map[Kind]string{BVI: "the BVI", UUForward: "the uu-fwd interface"}[kind], id, p.dp.InterfaceName(at), ErrHasBVI)
	}
	if err := p.leave(ctx, swIf); err != nil {
		return err
	}
	m := Member{Index: swIf, SHG: shg, Kind: kind}
	d.watches[swIf] = new(watch)
	if d.Members = append(d.Members, m); kind == BVI { // it is flooded to first, as in VPP, and shown so
		d.Members = slices.Insert(slices.Clone(d.Members[:len(d.Members)-1]), 0, m)
		p.enterBVI(d, swIf)
	}
	if err := p.publish(ctx); err != nil {
		return err
	}
	if err := p.moveMember(m, true); err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// enterBVI makes the domain know its BVI by the address that it has now, and by no other. p.mu is held.
func (p *Plugin) enterBVI(d *domain, swIf uint32) {
	link, ok := p.dp.Link(swIf)
	if !ok {
		return
	}
	k := fib.NewKey(d.Index, link.MAC[:])
	p.flush(func(x key, e entry) bool { return e.Is(fib.BVI) && e.Port() == swIf && x != k })
	p.enter(k, fib.NewEntry(swIf, 0, fib.Static|fib.BVI))
}

// changed follows the address of a BVI. The dataplane's lock is held.
func (p *Plugin) changed(swIf uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, at := p.memberOf(swIf); d != nil && d.Members[at].Kind == BVI {
		p.enterBVI(d, swIf)
	}
}

// domainFor finds a domain, or makes it. p.mu is held.
func (p *Plugin) domainFor(id uint32) (*domain, error) {
	if d := p.domains[id]; d != nil {
		return d, nil
	}
	return p.create(id, p.DefaultSettings())
}

// exists checks that there is an interface, with Ethernet. Under p.mu: one that is removed has lost its name before forget is called.
func (p *Plugin) exists(swIf uint32) error {
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return fmt.Errorf("l2: no interface with sw_if_index %d; see `show interface`", swIf)
	}
	if l, _ := p.dp.Link(swIf); l.Raw {
		return fmt.Errorf("l2: %s has no Ethernet, and its packets can only be routed", p.dp.InterfaceName(swIf))
	}
	return nil
}

// Route takes an interface out of its domain or cross-connect, which is no error where it is in none.
func (p *Plugin) Route(ctx context.Context, swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.exists(swIf); err != nil {
		return err
	}
	return p.leave(ctx, swIf)
}

// leave ends what an interface is in: its domain, whose table forgets what was learned there, or its own cross-connect. p.mu is
// held.
func (p *Plugin) leave(ctx context.Context, swIf uint32) error {
	if b, ok := p.Peer(swIf); ok {
		ends := []uint32{swIf}
		if back, ok := p.Peer(b); ok && back == swIf && !p.explicit[b] { // it was only set along with this one
			ends = append(ends, b)
		}
		if err := p.release(ctx, ends...); err != nil {
			return err
		}
	}
	return p.leaveDomain(ctx, swIf)
}

// leaveDomain is leave of an interface that is in a domain, if any. p.mu is held.
func (p *Plugin) leaveDomain(ctx context.Context, swIf uint32) error {
	d, at := p.memberOf(swIf)
	if d == nil {
		return nil
	}
	err := p.moveMember(d.Members[at], false)
	d.Members = slices.Delete(slices.Clone(d.Members), at, at+1)
	delete(d.watches, swIf)
	if e := p.publish(ctx); err == nil {
		err = e
	}
	p.flush(func(_ key, e entry) bool { return e.Port() == swIf && (e.Is(fib.Learned) || e.Is(fib.BVI)) })
	return err
}

// memberOf finds the domain of an interface, and its place there; nil where it is in none. p.mu is held.
func (p *Plugin) memberOf(swIf uint32) (*domain, int) {
	for _, d := range p.domains {
		if at := slices.IndexFunc(d.Members, func(m Member) bool { return m.Index == swIf }); at >= 0 {
			return d, at
		}
	}
	return nil, 0
}

// moveMember makes the arcs of a member end in its domain, or where they did before.
func (p *Plugin) moveMember(m Member, in bool) error {
	switch {
	case m.Kind == BVI && in:
		return p.dp.SetArcEnd("interface-output", m.Index, bviOutput)
	case m.Kind == BVI:
		return p.dp.SetArcEnd("interface-output", m.Index, "")
	case in:
		return p.moveEnds(m.Index, "l2-learn")
	}
	return p.moveEnds(m.Index, "")
}

// Mode is what an interface is in: the ID of its domain and what it is there, or none.
func (p *Plugin) Mode(swIf uint32) (id uint32, m Member, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, at := p.memberOf(swIf); d != nil {
		return d.ID, d.Members[at], true
	}
	return 0, Member{}, false
}

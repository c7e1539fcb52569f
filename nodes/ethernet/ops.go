package ethernet

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// Sub is a sub-interface.
type Sub struct {
	Parent uint32 // sw_if_index
	ID     uint32 // the number in its name
	Match
}

// Check says why an interface cannot have a further sub-interface: the match is wrong, or another one has it.
func (p *Plugin) Check(s Sub) error {
	if err := s.check(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for swIf, o := range p.subs {
		if o.Parent == s.Parent && o.sameFrames(&s.Match) {
			return fmt.Errorf("ethernet: %v is %s's already: %w", s.Match, p.dp.InterfaceName(swIf), ErrVLANInUse)
		}
	}
	return nil
}

// AddSub makes ethernet-input give the frames that a match names to a sub-interface. The interface must be there already, with
// its parent's address.
func (p *Plugin) AddSub(ctx context.Context, swIf uint32, s Sub) error {
	if err := p.Check(s); err != nil {
		return err
	}
	p.mu.Lock()
	p.subs[swIf] = s
	p.rebuild(s.Parent)
	p.mu.Unlock()
	return p.dp.Published(ctx)
}

// SubOf is what is known of a sub-interface; ok is false of an interface that is none.
func (p *Plugin) SubOf(swIf uint32) (s Sub, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok = p.subs[swIf]
	return s, ok
}

// SetWire says that an interface's frames go to a cross-connect or a bridge, with whatever tags no sub-interface takes and whatever
// addresses; or that they do so no more.
func (p *Plugin) SetWire(swIf uint32, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change(swIf, func(e *entry) { e.wire = on })
	return p.enableRewrite(swIf)
}

// SetRouted says that an interface routes: of the frames that it receives those to another's address are dropped, unless it is a
// wire as well.
func (p *Plugin) SetRouted(swIf uint32, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change(swIf, func(e *entry) { e.wants = on })
	if err := p.enableRewrite(swIf); err != nil {
		p.dp.Log().Error("ethernet: tag rewriting of an interface that routes", "interface", p.dp.InterfaceName(swIf), "error", err)
	}
}

// changed takes note of an interface's address. The dataplane's lock is held.
func (p *Plugin) changed(swIf uint32) {
	l, ok := p.dp.Link(swIf)
	if !ok {
		return
	}
	mac := uint64(binary.LittleEndian.Uint32(l.MAC[:])) | uint64(binary.LittleEndian.Uint16(l.MAC[4:]))<<32
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change(swIf, func(e *entry) { e.mac = mac })
}

// forget is for an interface that is being removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, isSub := p.subs[swIf]
	delete(p.subs, swIf)
	delete(p.tags, swIf)
	p.change(swIf, func(e *entry) { *e = entry{} })
	if isSub {
		p.rebuild(s.Parent)
	}
	p.publishRewrites()
	return nil
}

// rebuild publishes an interface's sub-interfaces anew. p.mu is held.
func (p *Plugin) rebuild(parent uint32) {
	list := map[uint32]Match{}
	for swIf, s := range p.subs {
		if s.Parent == parent {
			list[swIf] = s.Match
		}
	}
	p.change(parent, func(e *entry) { e.subs = build(list) })
}

// change publishes a table with another entry for an interface. p.mu is held.
func (p *Plugin) change(swIf uint32, how func(e *entry)) {
	t := slices.Clone(*p.table.Load())
	for int(swIf) >= len(t) {
		t = append(t, entry{})
	}
	e := &t[swIf]
	how(e)
	e.untagged = e.subs != nil && e.subs.untagged.swIf != 0
	e.routed = e.wants && !e.wire
	e.plain = e.wire && e.subs == nil
	p.table.Store(&t)
}

package ratelimit

import (
	"context"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
)

// Set limits the sources of what an interface receives, or changes its limit; buckets keep what they have, as far as there is room.
func (p *Plugin) Set(ctx context.Context, swIf uint32, l Limit) error {
	l, err := l.filled()
	if err != nil {
		return api.Wrap(api.InvalidValue, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("ratelimit: no interface with sw_if_index %d", swIf))
	}
	p.publish(swIf, compile(l))
	if err := p.feature(swIf, true); err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// Delete ends an interface's limit.
func (p *Plugin) Delete(ctx context.Context, swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limits.Load().of(swIf) == nil {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("ratelimit: interface %q has no limit; `show ratelimit` lists those that have", p.dp.InterfaceName(swIf)))
	}
	if err := p.feature(swIf, false); err != nil {
		return err
	}
	p.publish(swIf, nil)
	return p.dp.Published(ctx)
}

// forget ends the limit of an interface that is being removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.publish(swIf, nil)
	return nil
}

// publish replaces the limit of an interface. p.mu is held.
func (p *Plugin) publish(swIf uint32, l *limit) { p.limits.Store(p.limits.Load().with(swIf, l)) }

// feature switches the node on or off.
func (p *Plugin) feature(swIf uint32, on bool) error {
	for _, arc := range arcs {
		if _, err := p.dp.SetFeature(arc, "ratelimit", swIf, on); err != nil {
			return fmt.Errorf("ratelimit: %w", err)
		}
	}
	return nil
}

// Count is packets and their bytes.
type Count struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

// Limited is an interface that has a limit, and what has become of the packets there since its first one.
type Limited struct {
	SwIf            uint32
	Limit           Limit
	Passed, Dropped Count
}

// All is the interfaces that have a limit, in the order of sw_if_index.
func (p *Plugin) All() iter.Seq[Limited] {
	return func(yield func(Limited) bool) {
		for i, l := range *p.limits.Load() {
			if l != nil && !yield(p.limited(uint32(i), l)) {
				return
			}
		}
	}
}

// limited adds an interface's counts up over the workers.
func (p *Plugin) limited(swIf uint32, l *limit) Limited {
	out := Limited{SwIf: swIf, Limit: l.Limit}
	for _, n := range p.nodes {
		c := &n.counts[swIf]
		out.Passed.Packets += c.passed.Packets.Load()
		out.Passed.Bytes += c.passed.Bytes.Load()
		out.Dropped.Packets += c.dropped.Packets.Load()
		out.Dropped.Bytes += c.dropped.Bytes.Load()
	}
	return out
}

// Stats is how many sources all workers together remember, and how many their tables are made for.
func (p *Plugin) Stats() (sources, room uint64) {
	for _, n := range p.nodes {
		sources += n.table.used.Load()
		room += uint64(p.Sources)
	}
	return sources, room
}

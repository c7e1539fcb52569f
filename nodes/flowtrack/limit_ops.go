package flowtrack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// Bounds of the limits' numbers.
const (
	MaxLimit = 1 << 30
	MaxRate  = 10_000_000
)

// LimitSources sets how many sessions a source may have at once; 0: any number. Sources whose addresses agree in so many bits
// (1 to 32, 1 to 128) count as one. Sessions count that have begun under such a limit.
func (p *Plugin) LimitSources(ctx context.Context, sessions uint32, bits4, bits6 uint8) error {
	if sessions > MaxLimit || bits4 < 1 || bits4 > 32 || bits6 < 1 || bits6 > 128 {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: limit of %d sessions for each source /%d, /%d: want up to %d, /1 to /32 and /1 to /128", sessions, bits4, bits6, MaxLimit))
	}
	return p.limit(ctx, func(l *limits) (err error) {
		if l.source = sessions; sessions != 0 {
			l.lineage, err = p.lineage(prefixes{bits4, bits6}, l.lineage)
		}
		return err
	})
}

// LimitZone sets how many sessions a zone may have at once; 0: any number. Sessions count that have begun under such a limit of
// any zone.
func (p *Plugin) LimitZone(ctx context.Context, zone uint16, sessions uint32) error {
	if sessions > MaxLimit {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: limit of %d sessions for zone %d: want up to %d", sessions, zone, MaxLimit))
	}
	return p.limit(ctx, func(l *limits) error {
		if sessions != 0 {
			if _, err := p.counting(); err != nil {
				return err
			}
		}
		l.edit(zone, func(z *zoneLimit) { z.sessions = sessions })
		return nil
	})
}

// LimitRate sets how many sessions may begin in a second, and how many at once; 0: any number.
func (p *Plugin) LimitRate(ctx context.Context, perSecond, burst uint32) error {
	r, err := checkRate(perSecond, burst)
	if err != nil {
		return err
	}
	return p.limit(ctx, func(l *limits) error {
		l.rate = r
		return nil
	})
}

// LimitZoneRate is LimitRate for the sessions of a zone.
func (p *Plugin) LimitZoneRate(ctx context.Context, zone uint16, perSecond, burst uint32) error {
	r, err := checkRate(perSecond, burst)
	if err != nil {
		return err
	}
	return p.limit(ctx, func(l *limits) error {
		l.edit(zone, func(z *zoneLimit) { z.rate = r })
		return nil
	})
}

// checkRate makes a rate, nil for none.
func checkRate(perSecond, burst uint32) (*rate, error) {
	switch {
	case perSecond == 0:
		return nil, nil
	case perSecond > MaxRate, burst < 1, burst > MaxRate:
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: %d new sessions a second, bursts of %d: want 1 to %d of both", perSecond, burst, MaxRate))
	}
	return newRate(perSecond, burst), nil
}

// limit changes the limits and returns when that holds for all workers.
func (p *Plugin) limit(ctx context.Context, change func(*limits) error) error {
	p.limitMu.Lock()
	defer p.limitMu.Unlock()
	next := limits{}
	if now := p.published.Load().limits; now != nil {
		next = *now
	}
	p.shut.RLock()
	err := change(&next)
	p.shut.RUnlock()
	if err != nil {
		return err
	}
	p.mu.Lock()
	all := *p.published.Load()
	if all.limits = &next; next.rate == nil && len(next.zones) == 0 && next.source == 0 {
		all.limits = nil
	}
	p.published.Store(&all)
	p.mu.Unlock()
	return p.dp.Published(ctx)
}

// edit changes a zone's limits; one that has none left goes.
func (l *limits) edit(zone uint16, change func(*zoneLimit)) {
	i, has := slices.BinarySearchFunc(l.zones, zone, func(z zoneLimit, zone uint16) int { return cmp.Compare(z.zone, zone) })
	l.zones = slices.Clone(l.zones)
	if !has {
		l.zones = slices.Insert(l.zones, i, zoneLimit{zone: zone})
	}
	if change(&l.zones[i]); l.zones[i] == (zoneLimit{zone: zone}) {
		l.zones = slices.Delete(l.zones, i, i+1)
	}
	l.zoned = slices.ContainsFunc(l.zones, func(z zoneLimit) bool { return z.sessions != 0 })
}

// counting is what limits count, made when first asked for. The caller holds limitMu, and shut for reading.
func (p *Plugin) counting() (*counts, error) {
	if p.closed {
		return nil, errors.New("flowtrack: limits: the dataplane is closed")
	}
	if c := p.counts.Load(); c != nil {
		return c, nil
	}
	// One source for each session at most; the rest is for those on their way out.
	config := flow.Config{MaxFlows: p.Sessions + 1024, Epochs: p.dp.Epochs()}
	if p.dp.Deterministic() {
		config.Seed = replaySeed
	}
	c := new(counts)
	var err4, err6 error
	c.source4, err4 = flow.New[flow.Key4](config)
	c.source6, err6 = flow.New[flow.Key6](config)
	if err := errors.Join(err4, err6); err != nil {
		return nil, fmt.Errorf("flowtrack: %w", errors.Join(err, c.close()))
	}
	p.counts.Store(c)
	return c, nil
}

// lineage is the lineage of these prefix lengths: the one that has them, or one by which no session counts any more. now is the
// current one. The caller holds what counting wants, and no worker knows another one than now.
func (p *Plugin) lineage(of prefixes, now uint32) (uint32, error) {
	c, err := p.counting()
	if err != nil {
		return 0, err
	}
	var used [numLineages]bool
	used[0], used[now] = true, true
	markLineages(c.source4, &used)
	markLineages(c.source6, &used)
	for i, have := range c.lineage {
		if have == of {
			return uint32(i), nil
		}
	}
	for i := range used {
		if !used[i] {
			c.lineage[i] = of
			return uint32(i), nil
		}
	}
	return 0, api.Wrap(api.LimitExceeded, fmt.Errorf("flowtrack: sources by /%d and /%d: sessions count by %d other prefix lengths still: wait for their end or `clear flowtrack`", of.bits4, of.bits6, numLineages-1))
}

// markLineages marks the lineages that sources are there by.
func markLineages[K flow.Key](t *flow.Table[K], used *[numLineages]bool) {
	for x := range uint32(t.Slots()) {
		if t.Alive(x) {
			k := t.Key(x)
			used[kindOf(&k)&(numLineages-1)] = true
		}
	}
}

// maintain is the upkeep of the sources' tables.
func (c *counts) maintain() (more bool) {
	if c == nil {
		return false
	}
	more = c.source4.Maintain(maintainStep)
	return c.source6.Maintain(maintainStep) || more
}

func (c *counts) close() (err error) {
	if c == nil {
		return nil
	}
	if c.source4 != nil {
		err = c.source4.Close()
	}
	if c.source6 != nil {
		err = errors.Join(err, c.source6.Close())
	}
	return err
}

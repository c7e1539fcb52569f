package acl

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/classify"
)

// Apply makes in and out the lists of an interface, instead of those it has.
func (p *Plugin) Apply(ctx context.Context, swIf uint32, in, out []uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.apply(ctx, swIf, in, out)
}

// ApplyOne adds a list behind those that an interface has in a direction, or takes it off.
func (p *Plugin) ApplyOne(ctx context.Context, swIf, index uint32, d classify.Direction, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var a Applied
	if now := p.applied[swIf]; now != nil {
		a = now.Applied
	}
	list, used := &a.In, inUseInbound
	if d == classify.Out {
		list, used = &a.Out, inUseOutbound
	}
	at := slices.Index(*list, index)
	switch {
	case on && at >= 0:
		return api.Wrap(used, fmt.Errorf("acl: list %d is applied there already", index))
	case !on && at < 0:
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("acl: list %d is not applied there", index))
	case on:
		*list = append(slices.Clone(*list), index)
	default:
		*list = slices.Delete(slices.Clone(*list), at, at+1)
	}
	return p.apply(ctx, swIf, a.In, a.Out)
}

// apply is Apply. p.mu is held.
func (p *Plugin) apply(ctx context.Context, swIf uint32, in, out []uint32) error {
	if !p.here(swIf) {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("acl: there is no interface with sw_if_index %d", swIf))
	}
	if n := len(in) + len(out); n > maxApplied {
		return api.Wrap(api.InvalidValue, fmt.Errorf("acl: %d lists on an interface; at most %d", n, maxApplied))
	}
	for _, list := range [][]uint32{in, out} {
		for i, n := range list {
			if _, err := p.list(n); err != nil {
				return err
			}
			if slices.Contains(list[:i], n) {
				return api.Wrap(entryAlreadyExists, fmt.Errorf("acl: list %d stands twice", n))
			}
		}
	}
	old := p.applied[swIf]
	if old == nil {
		old = &onward{}
	}
	now := &onward{Applied: Applied{swIf, slices.Clone(in), slices.Clone(out)}, rules: old.rules, lines: old.lines}
	if err := p.publish(ctx, []*onward{now}); err != nil {
		return err
	}
	p.applied[swIf] = now
	if len(in)+len(out) == 0 {
		delete(p.applied, swIf)
	}
	return p.enableEtypes(swIf)
}

// publish makes interfaces' lists into rules, instead of the rules they were. p.mu is held. It waits for the workers even where
// nobody waits for it any more: what an interface has must be known to the next operation.
func (p *Plugin) publish(ctx context.Context, on []*onward) error {
	size := 0
	for _, a := range on {
		size += p.size(&a.Applied)
	}
	if size > maxCompiled {
		return api.Wrap(api.InvalidValue, fmt.Errorf("acl: these lists become %d rules of classify's, ranges of ICMP types and codes one for each pair: at most %d", size, maxCompiled))
	}
	var remove []uint32
	add := make([]classify.Rule, 0, size)
	lines := make([][]line, len(on))
	for i, a := range on {
		remove = append(remove, a.rules...)
		lines[i] = make([]line, 0, p.size(&a.Applied))
		for d, lists := range [][]uint32{classify.In: a.In, classify.Out: a.Out} {
			add, lines[i] = p.compile(add, lines[i], lists, a.Interface, classify.Direction(d))
		}
	}
	if len(remove)+len(add) == 0 {
		return nil
	}
	ids, err := p.classify.ReplaceOwned(context.WithoutCancel(ctx), owner, remove, add)
	if err != nil {
		return fmt.Errorf("acl: %w", err)
	}
	for i, a := range on {
		n := len(lines[i])
		a.rules, a.lines, ids = ids[:n:n], lines[i], ids[n:]
	}
	return nil
}

// here tells whether there is such an interface, which has its name until it is removed.
func (p *Plugin) here(swIf uint32) bool {
	at, err := p.dp.Interface(p.dp.InterfaceName(swIf))
	return err == nil && at == swIf
}

// sorted is the interfaces that have lists, by sw_if_index. One that is being removed, and about to be forgotten, is none: what is
// done to its lists meanwhile must not fail for it. p.mu is held.
func (p *Plugin) sorted() []*onward {
	maps.DeleteFunc(p.applied, func(swIf uint32, _ *onward) bool { return !p.here(swIf) })
	return slices.SortedFunc(maps.Values(p.applied), func(a, b *onward) int { return cmp.Compare(a.Interface, b.Interface) })
}

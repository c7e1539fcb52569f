package classify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/api"
)

// Add appends a rule to its point, or puts it before the rule with the id before, and returns its id. Ids rise and are
// never used again.
func (p *Plugin) Add(ctx context.Context, r Rule, before *uint32) (id uint32, err error) {
	ids, err := p.change(ctx, "", nil, []Rule{r}, before)
	if len(ids) == 0 {
		return 0, err
	}
	return ids[0], err
}

// Delete removes a rule. Sessions that it let through are looked at again at their next packet.
func (p *Plugin) Delete(ctx context.Context, id uint32) error {
	_, err := p.change(ctx, "", []uint32{id}, nil, nil)
	return err
}

// Replace removes rules and appends others, all in one step: every packet sees either the old rules or the new ones. It
// returns the new ones' ids, in order. Where one is wrong, nothing is changed.
func (p *Plugin) Replace(ctx context.Context, remove []uint32, add []Rule) (ids []uint32, err error) {
	return p.change(ctx, "", remove, add, nil)
}

// ReplaceAll is Replace of all rules of an interface, in both directions, as they are at this moment, but for those with an
// owner. It returns how many there were, too.
func (p *Plugin) ReplaceAll(ctx context.Context, swIf uint32, add []Rule) (ids []uint32, removed int, err error) {
	return p.replaceAll(ctx, swIf, false, add)
}

// change is Add, Delete and Replace. It returns ids if the change has been made, even where waiting for the workers has
// failed.
func (p *Plugin) change(ctx context.Context, owner string, remove []uint32, add []Rule, before *uint32) (ids []uint32, err error) {
	if err := p.checkAll(add); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	gone, err := p.named(remove, owner)
	if err != nil {
		return nil, err
	}
	return p.exchange(ctx, owner, gone, add, before)
}

// nth says which of several rules is meant.
func nth(i, of int) string {
	if of == 1 {
		return ""
	}
	return fmt.Sprintf("rule %d of %d: ", i+1, of)
}

func (p *Plugin) checkAll(add []Rule) error {
	for i := range add {
		if err := p.check(&add[i]); err != nil {
			return fmt.Errorf("classify: %s%w", nth(i, len(add)), err)
		}
	}
	return nil
}

// exchange takes rules out and puts others in, and publishes that. p.mu is held.
func (p *Plugin) exchange(ctx context.Context, owner string, gone []*entry, add []Rule, before *uint32) (ids []uint32, err error) {
	var behind *entry
	if before != nil {
		if behind, err = p.place(&add[0], *before); err != nil {
			return nil, err
		}
	}
	made, err := p.entries(owner, add)
	if err != nil {
		return nil, err
	}
	p.book.remove(gone, p.seed)
	p.book.add(made, behind, p.seed)
	ids = make([]uint32, 0, len(made))
	for _, e := range made {
		ids = append(ids, e.rule.ID)
		p.ifs[e.rule.Interface].configured = true
		p.expectAnswers(e, 1)
	}
	for _, e := range gone {
		p.deadSlot = append(p.deadSlot, dead{e.slot, e.action})
		p.expectAnswers(e, -1)
	}
	return ids, p.publish(ctx)
}

// expectAnswers makes sessions known at the interface that a keep-state rule redirects to, also where that has no rules of
// its own, or takes that back. p.mu is held.
func (p *Plugin) expectAnswers(e *entry, n int) {
	if e.keep && e.action == Redirect {
		p.ifs[e.target].answers += n
	}
}

// place is the rule that another one is to stand before.
func (p *Plugin) place(r *Rule, before uint32) (*entry, error) {
	e := p.book.find(before)
	if e == nil {
		return nil, p.noRule(before)
	}
	if b := &e.rule; b.Interface != r.Interface || b.Direction != r.Direction {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("classify: before %d: that is a rule of %s %v; name one of the same interface and direction",
			before, b.interfaceName, b.Direction))
	}
	return e, nil
}

// check is Validate for a rule that is to be added here.
func (p *Plugin) check(r *Rule) error {
	if err := r.Validate(); err != nil {
		return api.Wrap(api.InvalidValue, err)
	}
	if err := p.known(r.Interface); err != nil {
		return err
	}
	if r.Action == Redirect {
		if err := p.known(r.Target); err != nil {
			return fmt.Errorf("redirect: %w", err)
		}
	}
	if !r.States.any() && p.sessions == nil {
		return api.Wrap(api.FeatureDisabled, fmt.Errorf("state %v needs the flowtrack plugin, which is not running: no packet has a state; leave the state out or enable flowtrack", r.States))
	}
	if r.KeepState && p.sessions == nil {
		return api.Wrap(api.FeatureDisabled, errors.New("keep-state needs the flowtrack plugin, which is not running; leave keep-state out or enable flowtrack"))
	}
	return nil
}

// known reports an error for an interface that does not exist.
func (p *Plugin) known(swIf uint32) error {
	name := p.dp.InterfaceName(swIf)
	if at, err := p.dp.Interface(name); err != nil || at != swIf {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("no interface with sw_if_index %d; there are %s", swIf, strings.Join(p.dp.InterfaceNames(), ", ")))
	}
	return nil
}

// entries makes rules into entries with ids and counters, all or none. p.mu is held, so interfaces are looked up once more: one
// that has been removed meanwhile has lost its name before forget asked for p.mu, and nobody would delete its rules.
func (p *Plugin) entries(owner string, add []Rule) (made []*entry, err error) {
	made = make([]*entry, 0, len(add))
	for i, r := range add {
		if r.Action != Redirect {
			r.Target = 0
		}
		err, slot := error(nil), uint32(0)
		if i == 0 || r.Interface != add[i-1].Interface {
			err = p.known(r.Interface)
		}
		if err == nil {
			_, err = p.ifConfig(max(r.Interface, r.Target))
		}
		if err == nil {
			slot, err = p.newSlot()
		}
		if err != nil {
			for _, e := range made {
				p.freeSlot = append(p.freeSlot, e.slot)
			}
			return nil, err
		}
		r.ID, r.Owner = p.nextID, owner
		p.nextID++
		r.interfaceName = p.dp.InterfaceName(r.Interface)
		if r.Action == Redirect {
			r.targetName = p.dp.InterfaceName(r.Target)
		}
		made = append(made, &entry{rule: r, compiled: r.compile(slot)})
	}
	return made, nil
}

// SetDefault says what happens to an interface's packets that no rule matches.
func (p *Plugin) SetDefault(ctx context.Context, swIf uint32, a Action) error {
	if a > Drop {
		return noSetting(a)
	}
	return p.configure(ctx, swIf, func(c *ifConfig) { p.setFallback(c, a); c.configured = true })
}

func noSetting(a Action) error {
	return api.Wrap(api.InvalidValue, fmt.Errorf("classify: action %d where no rule decides: want %d (pass) or %d (drop)", a, Pass, Drop))
}

// SetNonIP says what happens to frames that an interface receives and that are not IP.
func (p *Plugin) SetNonIP(ctx context.Context, swIf uint32, a Action) error {
	if a > Drop {
		return noSetting(a)
	}
	return p.configure(ctx, swIf, func(c *ifConfig) { p.setNonIP(c, a); c.configured = true })
}

// Enable switches all that is configured for an interface on or off. An interface that was never told so is on as soon as
// it has a rule or a setting.
func (p *Plugin) Enable(ctx context.Context, swIf uint32, on bool) error {
	return p.configure(ctx, swIf, func(c *ifConfig) { c.enabled = &on })
}

// forget deletes the rules and settings of an interface that is removed. What other interfaces' rules redirect to it stays theirs,
// and is dropped when it is to leave: a firewall does not open because a cable is pulled.
func (p *Plugin) forget(swIf uint32) error {
	ctx := context.Background()
	_, _, err := p.replaceAll(ctx, swIf, true, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(swIf) >= len(p.ifs) {
		return err
	}
	c := p.ifs[swIf]
	p.setFallback(c, Pass)
	p.setNonIP(c, Pass)
	c.enabled, c.configured = nil, false
	return errors.Join(err, p.publish(ctx))
}

func (p *Plugin) configure(ctx context.Context, swIf uint32, change func(*ifConfig)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.known(swIf); err != nil { // with p.mu held, see entries
		return fmt.Errorf("classify: %w", err)
	}
	c, err := p.ifConfig(swIf)
	if err != nil {
		return err
	}
	change(c)
	return p.publish(ctx)
}

func (p *Plugin) noRule(id uint32) error {
	return api.Wrap(api.NoSuchEntry, fmt.Errorf("classify: no rule %d; `show classify` lists them", id))
}

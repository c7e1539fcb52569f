package classify

import (
	"context"
	"fmt"

	"github.com/gvpp/gvpp/api"
)

// ReplaceOwned is Replace for a plugin whose own settings become rules. The owner's name is on the rules that it adds; it
// removes no others, and nobody else removes these as long as their interface is there: what the plugin says is in force is.
// Ids of rules that have gone with their interface are passed over.
func (p *Plugin) ReplaceOwned(ctx context.Context, owner string, remove []uint32, add []Rule) (ids []uint32, err error) {
	return p.change(ctx, owner, remove, add, nil)
}

// named is the rules with the given ids, of one owner; an id may stand there twice. p.mu is held.
func (p *Plugin) named(ids []uint32, owner string) (list []*entry, err error) {
	seen := make(map[uint32]bool, len(ids))
	for _, id := range ids {
		e := p.book.find(id)
		switch {
		case e == nil && owner != "":
			continue
		case e == nil:
			return nil, p.noRule(id)
		case e.rule.Owner != owner:
			return nil, api.Wrap(api.InvalidValue, fmt.Errorf("classify: rule %d is made by %q of its own settings: change those", id, e.rule.Owner))
		}
		if !seen[id] {
			list = append(list, e)
			seen[id] = true
		}
	}
	return list, nil
}

// replaceAll exchanges the rules of an interface, those with owners only if owned is true.
func (p *Plugin) replaceAll(ctx context.Context, swIf uint32, owned bool, add []Rule) (ids []uint32, removed int, err error) {
	if err := p.checkAll(add); err != nil {
		return nil, 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var gone []*entry
	for e := range p.book.all() {
		if e.rule.Interface == swIf && (owned || e.rule.Owner == "") {
			gone = append(gone, e)
		}
	}
	ids, err = p.exchange(ctx, "", gone, add, nil)
	return ids, len(gone), err
}

package acl

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl/macip"
)

// Plugin is the access lists of a dataplane. Its operations are safe for concurrent use and return when what they changed is
// effective on all workers.
type Plugin struct {
	Timeouts Timeouts // of sessions, that set acl-plugin session timeout sets; nil: none. Set it before gvpp.New

	// Pieces says that no node puts datagrams together: later fragments, of which only the protocol is known, match a rule about ports
	// by that alone. Set it before gvpp.New.
	Pieces bool

	classify *classify.Plugin
	macip    *macip.Plugin
	dp       plugin.Dataplane

	mu      sync.Mutex
	lists   []*List            // guarded by mu: by index; nil: free
	rules   int                // guarded by mu: of all lists
	applied map[uint32]*onward // guarded by mu: by sw_if_index

	counting bool // guarded by mu: counters are told

	etypes atomic.Pointer[etypes] // published; nil: none were ever set
}

// owner is on the rules that lists become: classify's own commands leave them alone.
const owner = "acl"

// onward is what an interface's lists have become.
type onward struct {
	Applied
	rules []uint32 // ids of classify's rules
	lines []line   // by rule: where it comes from
}

// line is a place in a list.
type line struct {
	list uint32
	rule int // -1: none; what is dropped behind all lists
}

// New makes the plugin, whose lists are rules of c.
func New(c *classify.Plugin) *Plugin {
	return &Plugin{classify: c, macip: macip.New(), applied: map[uint32]*onward{}}
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Removed(p.forget)
	r.Describe(p.describe)
	r.Stat(p.tell)
	r.API(wire.Serve(front{Plugin: p}))
	p.registerEtypes(r)
	p.macip.Register(r)
	p.registerCLI(r)
}

// NewList is the index that AddReplace takes for a list that is to be made.
const NewList = ^uint32(0)

// AddReplace is Add for NewList, else Replace. It returns the list's index.
func (p *Plugin) AddReplace(ctx context.Context, index uint32, tag string, rules []Rule) (uint32, error) {
	if index == NewList {
		return p.Add(tag, rules)
	}
	return index, p.Replace(ctx, index, tag, rules)
}

// Add makes a list and returns its index, the lowest that is free.
func (p *Plugin) Add(tag string, rules []Rule) (uint32, error) {
	if err := check(tag, rules); err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.room(len(rules)); err != nil {
		return 0, err
	}
	n := slices.Index(p.lists, nil)
	if n < 0 {
		if len(p.lists) == maxLists {
			return 0, api.Wrap(api.InvalidValue, fmt.Errorf("acl: %d lists are the most there can be; delete some first", maxLists))
		}
		n, p.lists = len(p.lists), append(p.lists, nil)
	}
	p.lists[n] = &List{uint32(n), tag, slices.Clone(rules)}
	p.rules += len(rules)
	return uint32(n), nil
}

// Replace gives a list other rules, on all interfaces that have it, in one step.
func (p *Plugin) Replace(ctx context.Context, index uint32, tag string, rules []Rule) error {
	if err := check(tag, rules); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old, err := p.list(index)
	if err != nil {
		return err
	}
	more := len(rules) - len(old.Rules)
	if err := p.room(more); err != nil {
		return err
	}
	p.lists[index] = &List{index, tag, slices.Clone(rules)}
	var users []*onward
	for _, a := range p.sorted() {
		if a.has(index, classify.In) || a.has(index, classify.Out) {
			users = append(users, a)
		}
	}
	if err := p.publish(ctx, users); err != nil {
		p.lists[index] = old
		return err
	}
	p.rules += more
	return nil
}

// Delete removes a list that no interface has.
func (p *Plugin) Delete(index uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, err := p.list(index)
	if err != nil {
		return err
	}
	for _, use := range []struct {
		direction classify.Direction
		word      string
		code      api.Errno
	}{{classify.In, "input", inUseInbound}, {classify.Out, "output", inUseOutbound}} { // VPP names inputs first
		for _, a := range p.sorted() {
			if a.has(index, use.direction) {
				return api.Wrap(use.code, fmt.Errorf("acl: list %d is applied to the %s of %s; take it off there first", index, use.word, p.dp.InterfaceName(a.Interface)))
			}
		}
	}
	p.lists[index] = nil
	p.rules -= len(old.Rules)
	return nil
}

// list finds a list. p.mu is held.
func (p *Plugin) list(index uint32) (*List, error) {
	if uint64(index) >= uint64(len(p.lists)) || p.lists[index] == nil {
		return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("acl: there is no list %d; `show acl-plugin acl` shows those that are", index))
	}
	return p.lists[index], nil
}

// Lists is all lists, by index. Their rules must not be changed.
func (p *Plugin) Lists() (all []List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lists {
		if l != nil {
			all = append(all, *l)
		}
	}
	return all
}

// Applied is what is applied to an interface.
func (p *Plugin) Applied(swIf uint32) Applied {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.applied[swIf]; a != nil {
		return a.Applied
	}
	return Applied{Interface: swIf}
}

// check says what is wrong with a list.
func check(tag string, rules []Rule) error {
	if len(tag) > maxTag {
		return api.Wrap(api.InvalidValue, fmt.Errorf("acl: tag %q has %d bytes; at most %d", tag, len(tag), maxTag))
	}
	for i := range rules {
		if err := rules[i].check(); err != nil {
			return fmt.Errorf("acl: rule %d: %w", i, err)
		}
	}
	return nil
}

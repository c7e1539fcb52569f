package macip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/plugin"
)

// Plugin is the MACIP lists of a dataplane. Its operations are safe for concurrent use and return when what they changed is effective
// on all workers.
type Plugin struct {
	dp    plugin.Dataplane
	state atomic.Pointer[state] // published

	mu sync.Mutex // one change at a time
}

// state is the lists and who has them. It does not change.
type state struct {
	lists   []*compiled // by index; nil: free
	applied []uint32    // by sw_if_index, as far as one has ever had a list: its index, or None
}

// None as the index of a list says that there is none, or that one is to be made.
const None = ^uint32(0)

// New makes the plugin.
func New() *Plugin {
	p := new(Plugin)
	p.state.Store(new(state))
	return p
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Removed(p.forget)
	p.registerNodes(r)
	p.registerCLI(r)
}

// of is an interface's list, nil for none.
func (s *state) of(swIf uint32) *compiled {
	if uint64(swIf) >= uint64(len(s.applied)) {
		return nil
	}
	return s.list(s.applied[swIf])
}

// list is a list by its index, nil where there is none.
func (s *state) list(index uint32) *compiled {
	if uint64(index) >= uint64(len(s.lists)) {
		return nil
	}
	return s.lists[index]
}

// find is list with an error.
func (s *state) find(index uint32) (*compiled, error) {
	if l := s.list(index); l != nil {
		return l, nil
	}
	return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("macip: there is no list %d; `show acl-plugin macip acl` shows those that are", index))
}

// AddReplace makes a list, with the lowest index that is free, for None, else gives a list other rules on all interfaces that have it, in
// one step. It returns the list's index.
func (p *Plugin) AddReplace(ctx context.Context, index uint32, tag string, rules []Rule) (uint32, error) {
	if err := check(tag, rules); err != nil {
		return None, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state.Load().clone()
	if index == None {
		at := slices.Index(s.lists, nil)
		if at < 0 {
			if len(s.lists) == maxLists {
				return None, api.Wrap(api.InvalidValue, fmt.Errorf("macip: %d lists are the most there can be; delete some first", maxLists))
			}
			at, s.lists = len(s.lists), append(s.lists, nil)
		}
		index = uint32(at)
	} else if _, err := s.find(index); err != nil {
		return None, err
	}
	seed := uint64(1)
	if !p.dp.Deterministic() {
		seed = rand.Uint64()
	}
	l, err := compile(List{index, tag, slices.Clone(rules)}, seed)
	if err != nil {
		return None, err
	}
	s.lists[index] = l
	return index, p.publish(ctx, s)
}

// Delete removes a list, and takes it off the interfaces that have it, as VPP does.
func (p *Plugin) Delete(ctx context.Context, index uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state.Load().clone()
	if _, err := s.find(index); err != nil {
		return err
	}
	s.lists[index] = nil
	for swIf, has := range s.applied {
		if has == index {
			s.applied[swIf] = None
		}
	}
	return p.publish(ctx, s)
}

// local0 is the sw_if_index of an interface that VPP always has and that nothing passes. It has none here, and may be given a list all
// the same, to no effect: programs that count interfaces from 0 do so.
const local0 = 0

// Apply gives an interface a list, in the place of the one that it has.
func (p *Plugin) Apply(ctx context.Context, swIf, index uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state.Load().clone()
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); swIf != local0 && (err != nil || at != swIf) {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("macip: there is no interface with sw_if_index %d", swIf))
	}
	if _, err := s.find(index); err != nil {
		return err
	}
	for uint64(len(s.applied)) <= uint64(swIf) {
		s.applied = append(s.applied, None)
	}
	s.applied[swIf] = index
	return p.publish(ctx, s)
}

// Unapply takes an interface's list off it.
func (p *Plugin) Unapply(ctx context.Context, swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state.Load().clone()
	if s.of(swIf) == nil {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("macip: %s has no list", p.dp.InterfaceName(swIf)))
	}
	s.applied[swIf] = None
	return p.publish(ctx, s)
}

// publish makes s what workers see, and has the nodes see the packets of interfaces that have lists. p.mu is held.
func (p *Plugin) publish(ctx context.Context, s *state) error {
	old := p.state.Swap(s)
	for swIf := range s.applied {
		was, is := old.of(uint32(swIf)), s.of(uint32(swIf))
		if was == is || swIf == local0 {
			continue
		}
		for d, on := range [2]bool{input: is != nil, output: is != nil && len(is.out) > 0} {
			for _, arc := range nodes[d].arcs {
				if _, err := p.dp.SetFeature(arc.Name, nodes[d].name, uint32(swIf), on); err != nil {
					return fmt.Errorf("macip: %w", err)
				}
			}
		}
	}
	return p.dp.Published(context.WithoutCancel(ctx))
}

func (s *state) clone() *state {
	return &state{slices.Clone(s.lists), slices.Clone(s.applied)}
}

// forget drops what an interface had that is removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.state.Load().clone(); s.of(swIf) != nil {
		s.applied[swIf] = None
		p.state.Store(s)
	}
	return nil
}

// Lists is all lists, by index. Their rules must not be changed.
func (p *Plugin) Lists() (all []List) {
	for _, l := range p.state.Load().lists {
		if l != nil {
			all = append(all, l.List)
		}
	}
	return all
}

// Applied is the lists of interfaces: by sw_if_index, as far as one has ever had a list, its list's index, or None.
func (p *Plugin) Applied() []uint32 { return slices.Clone(p.state.Load().applied) }

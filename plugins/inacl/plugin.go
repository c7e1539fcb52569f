package inacl

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/classify"
	"github.com/gvpp/gvpp/plugin"
)

// Plugin is the tables of a dataplane. Its operations are safe for concurrent use and return when what they changed is effective on
// all workers.
type Plugin struct {
	dp    plugin.Dataplane
	state atomic.Pointer[state] // published

	mu sync.Mutex // one change at a time
}

// state is the tables and who asks them. It does not change.
type state struct {
	tables []*table // by index; nil: free
	asks   [numDirections][numKinds][]uint32
	firsts [numFilters]uint32 // the first table of each filter, plus one; 0: none
}

// table is a table by its index, nil where there is none.
func (s *state) table(index uint32) *table {
	if uint64(index) >= uint64(len(s.tables)) {
		return nil
	}
	return s.tables[index]
}

// asked is the table that an interface asks, nil for none.
func (s *state) asked(d Direction, k Kind, swIf uint32) *table {
	return s.table(s.index(d, k, swIf))
}

func (s *state) index(d Direction, k Kind, swIf uint32) uint32 {
	if list := s.asks[d][k]; uint64(swIf) < uint64(len(list)) {
		return list[swIf]
	}
	return None
}

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
	r.Changed(p.changed)
	p.registerNodes(r)
	p.registerFilters(r)
	r.API(wire.Serve(front{Plugin: p}))
	p.registerCLI(r)
}

// clone is the state, to be changed and published. p.mu is held.
func (p *Plugin) clone() *state {
	old := p.state.Load()
	s := &state{tables: slices.Clone(old.tables), asks: old.asks, firsts: old.firsts}
	for d := range s.asks {
		for k := range s.asks[d] {
			s.asks[d][k] = slices.Clone(s.asks[d][k])
		}
	}
	return s
}

// publish makes s what workers see. p.mu is held.
func (p *Plugin) publish(ctx context.Context, s *state) error {
	p.state.Store(s)
	return p.dp.Published(context.WithoutCancel(ctx))
}

// Add makes a table and returns its index, the lowest that is free.
func (p *Plugin) Add(ctx context.Context, t Table) (uint32, error) {
	if err := t.check(); err != nil {
		return None, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.clone()
	index, err := p.add(s, t)
	if err != nil {
		return None, err
	}
	return index, p.publish(ctx, s)
}

// add adds a table that has been checked to a state. p.mu is held.
func (p *Plugin) add(s *state, t Table) (uint32, error) {
	at := slices.Index(s.tables, nil)
	if at < 0 {
		if len(s.tables) == maxTables {
			return None, api.Wrap(api.InvalidValue, fmt.Errorf("inacl: %d tables are the most there can be; delete some first", maxTables))
		}
		at, s.tables = len(s.tables), append(s.tables, nil)
	}
	t.Index, t.Mask = uint32(at), slices.Clone(t.Mask)
	seed := uint64(1)
	if !p.dp.Deterministic() {
		seed = rand.Uint64()
	}
	s.tables[at] = newTable(t, seed)
	return t.Index, nil
}

// Update changes what happens to packets that miss: the next table, and the verdict behind the last.
func (p *Plugin) Update(ctx context.Context, index, next uint32, deny bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.clone()
	t, err := s.find(index)
	if err != nil {
		return err
	}
	changed := *t
	changed.Next, changed.Deny = next, deny
	s.tables[index] = &changed
	return p.publish(ctx, s)
}

// find is table with an error.
func (s *state) find(index uint32) (*table, error) {
	if t := s.table(index); t != nil {
		return t, nil
	}
	return nil, api.Wrap(noSuchTable, fmt.Errorf("inacl: there is no table %d; `show classify tables` lists those that are", index))
}

// Delete removes a table that no interface asks, or with chain also those that it leads to.
func (p *Plugin) Delete(ctx context.Context, index uint32, chain bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.clone()
	if _, err := s.find(index); err != nil {
		return err
	}
	for t := s.table(index); t != nil; t = s.table(t.Next) {
		if d, k, swIf, ok := s.user(t.Index); ok {
			return api.Wrap(inUse, fmt.Errorf("inacl: table %d is the %v ACL of %s for %v; take it off there first", t.Index, d, p.dp.InterfaceName(swIf), k))
		}
		if use := slices.Index(s.firsts[:], t.Index+1); use >= 0 {
			return api.Wrap(inUse, fmt.Errorf("inacl: table %d chooses packets; `classify filter %v del` ends that", t.Index, Filter(use)))
		}
		s.tables[t.Index] = nil
		if !chain {
			break
		}
	}
	return p.publish(ctx, s)
}

// user finds an interface that asks a table.
func (s *state) user(index uint32) (Direction, Kind, uint32, bool) {
	for d := range s.asks {
		for k := range s.asks[d] {
			if at := slices.Index(s.asks[d][k], index); at >= 0 {
				return Direction(d), Kind(k), uint32(at), true
			}
		}
	}
	return 0, 0, 0, false
}

// AddSession adds a session to a table, in the place of one with the same value. match has the bytes that the table skips, too.
func (p *Plugin) AddSession(ctx context.Context, index uint32, match []byte, deny bool, opaque uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, err := p.state.Load().find(index)
	if err != nil {
		return err
	}
	if err := t.put(match, deny, opaque); err != nil {
		return err
	}
	return p.dp.Published(context.WithoutCancel(ctx))
}

// DeleteSession removes a session.
func (p *Plugin) DeleteSession(ctx context.Context, index uint32, match []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, err := p.state.Load().find(index)
	if err != nil {
		return err
	}
	e, err := t.session(match)
	if err != nil {
		return err
	}
	if !t.sessions.remove(e) {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("inacl: table %d has no session %x", index, e.Match))
	}
	return p.dp.Published(context.WithoutCancel(ctx))
}

package inacl

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Filter is what tables choose packets for. Its tables lead from one to the next, one for each mask; a packet that has a session in any
// of them is chosen. Here tables look at frames from the first byte on.
type Filter int

// The filters.
const (
	Trace Filter = iota
	Capture
	numFilters
)

var filterNames = [numFilters]string{"trace", "pcap"}

// String is the filter as commands name it.
func (f Filter) String() string { return filterNames[f] }

// registerFilters declares the filters.
func (p *Plugin) registerFilters(r *plugin.Registry) {
	for use, name := range filterNames {
		match := graph.PacketFilter(func(b []byte) bool { return p.state.Load().chooses(Filter(use), b) })
		r.Filter(name, func() graph.PacketFilter {
			if p.First(Filter(use)) == None {
				return nil
			}
			return match
		})
	}
}

// chooses asks a filter's tables about a frame, and counts for the session that it has. Workers call it.
func (s *state) chooses(use Filter, b []byte) bool {
	var key [maxVectors * vectorSize / 8]uint64
	var room [maxVectors * vectorSize]byte
	t := s.table(s.firsts[use] - 1)
	for range maxChain {
		if t == nil {
			return false
		}
		if e := t.ask(b, 0, key[:], room[:]); e != nil {
			e.hits.Add(1)
			return true
		}
		t = s.table(t.Next)
	}
	return false
}

// First is the index of a filter's first table, None where it chooses nothing.
func (p *Plugin) First(use Filter) uint32 { return p.state.Load().firsts[use] - 1 }

// Choose has a filter choose packets that have match's bits where mask has any: both count from a frame's first byte.
func (p *Plugin) Choose(ctx context.Context, use Filter, mask, match []byte) error {
	t, match, err := cover(mask, match)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.clone()
	if at := s.alike(use, &t); at != nil {
		if err := at.put(match, false, None); err != nil {
			return err
		}
		return p.dp.Published(context.WithoutCancel(ctx))
	}
	t.Next = s.firsts[use] - 1
	index, err := p.add(s, t)
	if err != nil {
		return err
	}
	if err := s.tables[index].put(match, false, None); err != nil {
		return err
	}
	s.firsts[use] = index + 1
	return p.publish(ctx, s)
}

// alike is the table of a filter that looks at the same bits, nil where there is none.
func (s *state) alike(use Filter, t *Table) *table {
	at := s.table(s.firsts[use] - 1)
	for range maxChain {
		if at == nil || at.Skip == t.Skip && bytes.Equal(at.Mask, t.Mask) {
			return at
		}
		at = s.table(at.Next)
	}
	return nil
}

// ChooseNone ends a filter, and deletes its tables.
func (p *Plugin) ChooseNone(ctx context.Context, use Filter) error {
	p.mu.Lock()
	s := p.clone()
	first := s.firsts[use] - 1
	s.firsts[use] = 0
	err := p.publish(ctx, s)
	p.mu.Unlock()
	if err != nil || first == None {
		return err
	}
	return p.Delete(ctx, first, true)
}

// cover is a table without the vectors that the mask leaves out at both ends, and the match for it.
func cover(mask, match []byte) (Table, []byte, error) {
	set := func(b byte) bool { return b != 0 }
	first := slices.IndexFunc(mask, set)
	if first < 0 {
		return Table{}, nil, api.Wrap(api.InvalidValue, fmt.Errorf("inacl: the mask has no bits: it would choose all packets"))
	}
	last := len(mask) - 1
	for mask[last] == 0 {
		last--
	}
	end := (last/vectorSize + 1) * vectorSize
	t := Table{Skip: first / vectorSize, Next: None, Buckets: 1, Mask: whole(mask, end)[first/vectorSize*vectorSize:]}
	return t, whole(match, end), t.check()
}

// whole is the first end bytes of b, zeros where it has none.
func whole(b []byte, end int) []byte {
	to := make([]byte, end)
	copy(to, b)
	return to
}

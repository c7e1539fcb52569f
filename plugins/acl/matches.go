package acl

import (
	"fmt"

	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/plugin"
)

// EnableCounters makes the lists' counters appear in the statistics segment, as /acl/N/matches with a pair for each rule, or go.
// They count all the same; telling them is a look at each rule every second.
func (p *Plugin) EnableCounters(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counting = on
}

// tell is the lists' part of the statistics segment.
func (p *Plugin) tell(s plugin.Stats) {
	if !p.mu.TryLock() { // an operation goes on, and may wait for the workers
		s.Same()
		return
	}
	defer p.mu.Unlock()
	if !p.counting {
		return
	}
	all, ok := p.matches(p.classify.TryHits)
	if !ok {
		s.Same()
		return
	}
	for index, hits := range all {
		s.Counters(fmt.Sprintf("/acl/%d/matches", index), len(hits), func(i int) (packets, bytes uint64) {
			return hits[i].Packets, hits[i].Bytes
		})
	}
}

// Matches is what the rules of each list have matched since they were applied, all interfaces together: by the list's index,
// then by rule.
func (p *Plugin) Matches() map[uint32][]classify.DefaultReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, _ := p.matches(func(ids []uint32) ([]classify.DefaultReport, bool) { return p.classify.Hits(ids), true })
	return all
}

// matches adds up what hits gives, if that is ok each time. p.mu is held.
func (p *Plugin) matches(hits func(ids []uint32) ([]classify.DefaultReport, bool)) (map[uint32][]classify.DefaultReport, bool) {
	all := map[uint32][]classify.DefaultReport{}
	for _, l := range p.lists {
		if l != nil {
			all[l.Index] = make([]classify.DefaultReport, len(l.Rules))
		}
	}
	for _, a := range p.applied {
		counts, ok := hits(a.rules)
		if !ok {
			return nil, false
		}
		for i, h := range counts {
			if at := a.lines[i]; at.rule >= 0 {
				sum := &all[at.list][at.rule]
				sum.Packets += h.Packets
				sum.Bytes += h.Bytes
			}
		}
	}
	return all, true
}

// forget drops what an interface had that is removed; classify has dropped its rules.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.applied, swIf)
	if in, out := p.Etypes(swIf); len(in)+len(out) > 0 {
		p.publishEtypes(swIf, nil, nil)
	}
	return nil
}

package classify

// Hits is what rules have counted, all workers together, by ids; nothing for one that is not there.
func (p *Plugin) Hits(ids []uint32) []DefaultReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hits(ids)
}

// TryHits is Hits for who must not wait: ok is false while a change of the rules goes on.
func (p *Plugin) TryHits(ids []uint32) (hits []DefaultReport, ok bool) {
	if !p.mu.TryLock() {
		return nil, false
	}
	defer p.mu.Unlock()
	return p.hits(ids), true
}

// hits is Hits. p.mu is held.
func (p *Plugin) hits(ids []uint32) []DefaultReport {
	out := make([]DefaultReport, len(ids))
	for i, id := range ids {
		if e := p.book.find(id); e != nil {
			out[i] = p.sum(e.slot)
		}
	}
	return out
}

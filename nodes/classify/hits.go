package classify

// Hits is what rules have counted, all workers together, by ids; nothing for one that is not there.
func (p *Plugin) Hits(ids []uint32) []DefaultReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]DefaultReport, len(ids))
	for i, id := range ids {
		if e := p.book.find(id); e != nil {
			out[i] = p.sum(e.slot)
		}
	}
	return out
}

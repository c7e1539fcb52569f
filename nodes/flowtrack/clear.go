package flowtrack

import "github.com/gvpp/gvpp/dataplane/flow"

// Clear removes all sessions and returns how many there were.
func (p *Plugin) Clear() int { return p.ClearMatching(&Filter{}) }

// ClearMatching removes the sessions that a filter means and returns how many these were.
func (p *Plugin) ClearMatching(f *Filter) (n int) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return 0
	}
	return clearTable(p, p.table4, ends4, f) + clearTable(p, p.table6, ends6, f)
}

func clearTable[K flow.Key](p *Plugin, t *flow.Table[K], ends func(*Session, *K), f *Filter) (n int) {
	tick, all := tickOf(p.dp.Clock()), f.everything()
	for x := range uint32(t.Slots()) {
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		if !all {
			s, was, ok := read(p, t, x, tick, ends)
			if !ok || !f.Match(&s) {
				continue
			}
			life = was
		}
		if forget(p, t, x, life, overCleared) {
			n++
		}
	}
	return n
}

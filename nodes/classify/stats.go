package classify

import "github.com/gvpp/gvpp/plugin"

// noID stands in /classify/rules/ids where there is no rule.
const noID = 1<<32 - 1

// tell tells clients of the statistics segment what each rule has decided about: /classify/rules has packets and bytes by the rule's
// position, which is its own while it is there, /classify/rules/ids has its number.
func (p *Plugin) tell(s plugin.Stats) {
	if !p.mu.TryLock() { // a change goes on, and may wait for the workers
		s.Same()
		return
	}
	defer p.mu.Unlock()
	rules, n := p.book.compiled, int(p.slotUsed)
	is := func(i int) bool { return i > 0 && i < len(rules) && rules[i].slot == uint32(i) } // the first is an interface's default's
	count := 0
	s.Numbers("/classify/rules/ids", n, func(i int) uint64 {
		if !is(i) {
			return noID
		}
		count++
		return uint64(rules[i].id)
	})
	s.Counters("/classify/rules", n, func(i int) (packets, bytes uint64) {
		d := p.sum(uint32(i))
		return d.Packets, d.Bytes
	})
	s.Number("/classify/rules/count", uint64(count))
}

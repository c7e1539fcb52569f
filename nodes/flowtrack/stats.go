package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/plugin"
)

// tell tells clients of the statistics segment what can be told without reading the tables.
func (p *Plugin) tell(s plugin.Stats) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return
	}
	ip4, ip6 := p.table4.Len(), p.table6.Len()
	desks := func(which func(*desk) *counter.Counter) uint64 { return p.sum(which) }
	for _, v := range []struct {
		name  string
		value uint64
	}{
		{"sessions", uint64(ip4 + ip6)}, {"sessions-ip4", uint64(ip4)}, {"sessions-ip6", uint64(ip6)}, {"capacity", uint64(p.table4.Cap())},
		{"created", desks(func(d *desk) *counter.Counter { return &d.created })},
		{"expired", p.ended(overExpired)}, {"reset", p.ended(overReset)}, {"reopened", p.ended(overReopened)},
		{"cleared", p.ended(overCleared)}, {"evicted", p.ended(overEvicted)},
		{"refused", desks(func(d *desk) *counter.Counter { return &d.refusals[refusedRoom] })},
		{"contended", desks(func(d *desk) *counter.Counter { return &d.contended })},
	} {
		s.Number("/flowtrack/"+v.name, v.value)
	}
}

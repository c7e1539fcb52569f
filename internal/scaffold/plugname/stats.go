package plugname

import "github.com/gvpp/gvpp/plugin"

// Totals is how many packets rules have matched since the start, by action.
type Totals struct {
	Counted uint64 `json:"counted"`
	Dropped uint64 `json:"dropped"`
}

// Totals adds up what the workers have counted. It waits for nobody.
func (p *Plugin) Totals() (t Totals) {
	for _, n := range p.nodes {
		t.Counted += n.counted.Load()
		t.Dropped += n.dropped.Load()
	}
	return t
}

// sample is a count at a time.
type sample struct {
	packets uint64
	at      int64 // nanoseconds on the dataplane's clock
}

// measure is the periodic work: how many packets a second rules match. now is in nanoseconds on the dataplane's clock, which in a
// test is the test's.
func (p *Plugin) measure(now int64) (more bool) {
	t := p.Totals()
	s := sample{t.Counted + t.Dropped, now}
	if ns := s.at - p.last.at; ns > 0 {
		p.rate.Store((s.packets - p.last.packets) * 1e9 / uint64(ns))
	}
	p.last = s
	return false // all is done until the next time
}

// tell is the plugin's part of the statistics segment. It reads what is published, so it waits for nobody.
func (p *Plugin) tell(s plugin.Stats) {
	total, t := p.Totals(), p.table.Load()
	s.Number("/plugname/counted", total.Counted)
	s.Number("/plugname/dropped", total.Dropped)
	s.Number("/plugname/rate", p.rate.Load())
	s.Numbers("/plugname/rules/ids", len(t.rules), func(i int) uint64 { return uint64(t.rules[i].id) })
	s.Counters("/plugname/rules", len(t.rules), func(i int) (packets, bytes uint64) {
		h := sum(t.rules[i].hits)
		return h.Packets, h.Bytes
	})
}

// sum adds the workers' counters of a rule up.
func sum(all []hits) (h Hits) {
	for i := range all {
		h.Packets += all[i].Packets.Load()
		h.Bytes += all[i].Bytes.Load()
	}
	return h
}

// RuleReport is a rule with what it has matched since the last Clear.
type RuleReport struct {
	ID     uint32 `json:"rule_id"`
	Rule   string `json:"rule"` // the words behind `plugname add rule`
	Action string `json:"action"`
	Hits

	rule Rule
}

// Report describes the rules, in the order in which they are asked.
func (p *Plugin) Report() []RuleReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []RuleReport{}
	for _, r := range p.rules {
		h := sum(r.hits)
		h.Packets -= r.cleared.Packets
		h.Bytes -= r.cleared.Bytes
		list = append(list, RuleReport{r.ID, r.String(), r.Action.String(), h, r.Rule})
	}
	return list
}

// Clear makes the rules' counters begin at zero, for Report. Workers are their only writers, so it notes where they stand.
func (p *Plugin) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		r.cleared = sum(r.hits)
	}
}

// Interfaces names the interfaces that are enabled, in the order of sw_if_index.
func (p *Plugin) Interfaces() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := []string{}
	for _, name := range p.dp.InterfaceNames() {
		if swIf, err := p.dp.Interface(name); err == nil && p.enabled[swIf] {
			names = append(names, name)
		}
	}
	return names
}

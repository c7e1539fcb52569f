package classify

import (
	"math/rand/v2"

	"github.com/gvpp/gvpp/dataplane/flow"
)

// noSlot is no counter slot; noRule no position.
const (
	noSlot = ^uint32(0)
	noRule = ^uint32(0)
)

// ruleset is the compiled rules of all interfaces: immutable once published.
type ruleset struct {
	gen      uint32     // > 0; which ruleset gave a session its verdict
	rules    []compiled // by position: points one after the other, each in its order
	points   []point    // by sw_if_index*2 + Direction
	nonIP    []verdict  // by sw_if_index: what happens to frames that are not IP
	counters []*slots   // by worker
	sessions bool       // some rule keeps state
}

// compiled is a rule on the packet path.
type compiled struct {
	matcher
	id      uint32
	slot    uint32 // its counter
	point   uint32 // where it stands
	target  uint32
	action  Action
	keep    bool
	isExact bool
}

// verdict is an action that needs no match, with its counter.
type verdict struct {
	action Action
	slot   uint32
}

// point is the rules of one interface and direction.
type point struct {
	wild4, wild6 []uint32 // positions of the rules that are scanned, by family of the packet, in order
	exact        exactTable
	fallback     verdict // where no rule matches
	active       bool    // false: everything passes, uncounted
}

func pointOf(swIf uint32, d Direction) uint32 { return swIf*2 + uint32(d) }

// find is the position of the first rule that matches, or noRule.
func (rs *ruleset) find(pt *point, f *fields) uint32 {
	best := pt.exact.find(f)
	list := pt.wild4
	if f.ip6 {
		list = pt.wild6
	}
	for _, pos := range list {
		if pos >= best { // noRule is above all positions
			break
		}
		if rs.rules[pos].match(f) {
			return pos
		}
	}
	return best
}

// compile makes the ruleset of the plugin's configuration. p.mu is held.
func (p *Plugin) compile() *ruleset {
	p.gen++
	rs := &ruleset{gen: p.gen, counters: p.counters}
	rs.points = make([]point, 2*len(p.ifs))
	rs.nonIP = make([]verdict, len(p.ifs))
	lists := make([][]*entry, len(rs.points))
	for _, e := range p.rules {
		at := pointOf(e.rule.Interface, e.rule.Direction)
		lists[at] = append(lists[at], e)
	}
	seed := rand.Uint64()
	if p.dp.Deterministic() {
		seed = 1
	}
	for swIf, c := range p.ifs {
		rs.nonIP[swIf] = verdict{c.nonIP, c.nonIPSlot}
		for _, d := range []Direction{In, Out} {
			at := pointOf(uint32(swIf), d)
			pt := &rs.points[at]
			pt.fallback = verdict{c.fallback, c.fallbackSlot[d]}
			pt.active = c.active() && (d == In || len(lists[at]) > 0)
			rs.addRules(pt, at, lists[at], seed)
		}
	}
	return rs
}

// addRules compiles the rules of one point behind those that are there.
func (rs *ruleset) addRules(pt *point, at uint32, list []*entry, seed uint64) {
	var exact []uint32
	for _, e := range list {
		pos := uint32(len(rs.rules))
		r := compiled{matcher: e.rule.matcher(), id: e.rule.ID, slot: e.slot, point: at,
			target: e.rule.Target, action: e.rule.Action, keep: e.rule.KeepState && e.rule.Action != Drop}
		r.isExact = e.rule.isExact()
		rs.sessions = rs.sessions || r.keep
		rs.rules = append(rs.rules, r)
		if r.isExact {
			exact = append(exact, pos)
			continue
		}
		if r.ip4 {
			pt.wild4 = append(pt.wild4, pos)
		}
		if r.ip6 {
			pt.wild6 = append(pt.wild6, pos)
		}
	}
	pt.exact = newExactTable(rs.rules, exact, seed)
}

// A session's verdict is the generation and the position of the keep-state rule that lets it through, in one word, so
// that no reader sees half of it.
func packVerdict(gen, pos uint32) uint64 { return uint64(gen)<<32 | uint64(pos) }

// keeper is the position of the rule that lets the session with state s through, if that is known for this ruleset.
func (rs *ruleset) keeper(s *flow.State) (pos uint32, known bool) {
	v := s.LoadVerdict()
	return uint32(v), uint32(v>>32) == rs.gen
}

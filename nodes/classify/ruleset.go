package classify

import "math/rand/v2"

// noRule is no position.
const noRule = ^uint32(0)

// ruleset is the compiled rules of all interfaces: immutable once published, exactTable's slots aside.
type ruleset struct {
	gen      uint32     // > 0; which ruleset gave a session its verdict
	rules    []compiled // by position: in order
	points   []point    // by sw_if_index*2 + Direction
	nonIP    []verdict  // by sw_if_index: what happens to frames that are not IP
	counters []*slots   // by worker
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
	rules        int     // how many stand here
	fallback     verdict // where no rule matches
	active       bool    // false: everything passes, uncounted
}

func pointOf(swIf uint32, d Direction) uint32 { return swIf*2 + uint32(d) }
func directionOf(point uint32) Direction      { return Direction(point & 1) }

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

func (r *Rule) compile(slot uint32) compiled {
	return compiled{matcher: r.matcher(), id: r.ID, slot: slot, point: pointOf(r.Interface, r.Direction), target: r.Target,
		action: r.Action, keep: r.KeepState && r.Action != Drop, isExact: r.isExact()}
}

// compile makes the ruleset of the plugin's configuration. added are the rules appended since the last one was published,
// if that is all that has happened to the rules; nil makes everything anew. p.mu is held.
func (p *Plugin) compile(added []*entry) *ruleset {
	p.gen = nextGen(p.gen)
	rs := &ruleset{gen: p.gen, counters: p.counters, points: make([]point, 2*len(p.ifs)), nonIP: make([]verdict, len(p.ifs))}
	if last := p.published.Load(); added != nil && last != nil {
		rs.rules = last.rules
		copy(rs.points, last.points)
	} else {
		added = p.rules
	}
	for _, e := range added {
		rs.add(e, p.seed())
	}
	for swIf, c := range p.ifs {
		rs.nonIP[swIf] = verdict{c.nonIP, c.nonIPSlot}
		for _, d := range []Direction{In, Out} {
			pt := &rs.points[pointOf(uint32(swIf), d)]
			pt.exact.rules = rs.rules
			pt.fallback = verdict{c.fallback, c.fallbackSlot[d]}
			pt.active = c.active() && (d == In || pt.rules > 0)
		}
	}
	return rs
}

// seed is for an exactTable.
func (p *Plugin) seed() uint64 {
	if p.dp.Deterministic() {
		return 1
	}
	return rand.Uint64()
}

// add appends a rule to its point. The memory behind the slices may be shared with older rulesets, whose slices end before
// the new elements.
func (rs *ruleset) add(e *entry, seed uint64) {
	pos := uint32(len(rs.rules))
	rs.rules = append(rs.rules, e.compiled)
	pt := &rs.points[e.point]
	pt.rules++
	if e.isExact {
		pt.exact.add(rs.rules, pos, seed)
		return
	}
	if e.ip4 {
		pt.wild4 = append(pt.wild4, pos)
	}
	if e.ip6 {
		pt.wild6 = append(pt.wild6, pos)
	}
}

package classify

import (
	"math/rand/v2"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// noRule is no position.
const noRule = tuple.None

// ruleset is the compiled rules of all interfaces, as of one moment. Workers see nothing of what comes later.
type ruleset struct {
	gen      uint32     // > 0; which ruleset gave a session its verdict
	rules    []compiled // by position; those that find returns do not change while the ruleset is in use
	points   []point    // by sw_if_index*2 + Direction
	nonIP    []verdict  // by sw_if_index: what happens to frames that are not IP
	counters []*slots   // by worker
}

// compiled is a rule on the packet path.
type compiled struct {
	id     uint32
	slot   uint32 // its counter, and its position
	point  uint32 // where it stands
	target uint32
	action Action
	keep   bool
}

// verdict is an action that needs no match, with its counter.
type verdict struct {
	action Action
	slot   uint32
}

// point is the rules of one interface and direction.
type point struct {
	rules4, rules6 *tuple.View // by family of the packet; nil where there never was a rule
	rules          int         // how many stand here
	fallback       verdict     // where no rule matches
	active         bool        // false: everything passes, uncounted
	neighbours     uint32      // the counter of neighbour discovery that a default drop lets pass
	flags          bool        // some rule looks at TCP flags
	states         bool        // some rule looks at the state of packets
}

func pointOf(swIf uint32, d Direction) uint32 { return swIf*2 + uint32(d) }
func directionOf(point uint32) Direction      { return Direction(point & 1) }

// find is the position of the first rule that matches, or noRule. For the packets of a vector, findAll is faster.
func (rs *ruleset) find(pt *point, f *fields) uint32 {
	v := pt.rules4
	if f.ip6 {
		v = pt.rules6
	}
	if v == nil {
		return noRule
	}
	var k tuple.Key
	f.key(&k)
	return v.Find(&k)
}

// scratch is what findAll works on: one for each worker.
type scratch struct {
	tuple tuple.Scratch
	keys  [graph.VectorSize]tuple.Key
	which [graph.VectorSize]uint8 // of which packet
	found [graph.VectorSize]uint32
}

// A vector of packets is one of tuple's.
var _ [tuple.VectorSize - graph.VectorSize]byte

// findAll is find for up to graph.VectorSize packets of one point: their positions go to out, which is as long as f.
func (rs *ruleset) findAll(s *scratch, pt *point, f []fields, out []uint32) {
	s.family(pt.rules4, false, f, out)
	s.family(pt.rules6, true, f, out)
}

// family finds the rules for the packets of one family.
func (s *scratch) family(v *tuple.View, ip6 bool, f []fields, out []uint32) {
	n := 0
	f = f[:min(len(f), graph.VectorSize)]
	out = out[:len(f)]
	for i := range f {
		if f[i].ip6 == ip6 {
			f[i].key(&s.keys[uint8(n)])
			s.which[uint8(n)] = uint8(i)
			out[i] = noRule
			n++
		}
	}
	if n == 0 || v == nil {
		return
	}
	v.FindAll(&s.tuple, s.keys[:n], s.found[:n])
	for j, pos := range s.found[:n] {
		out[s.which[uint8(j)]] = pos
	}
}

func (r *Rule) compile(slot uint32) compiled {
	return compiled{id: r.ID, slot: slot, point: pointOf(r.Interface, r.Direction), target: r.Target,
		action: r.Action, keep: r.keeps()}
}

// compile makes the ruleset of the plugin's configuration. p.mu is held.
func (p *Plugin) compile() *ruleset {
	p.gen = nextGen(p.gen)
	rs := &ruleset{gen: p.gen, rules: p.book.compiled, counters: p.counters, points: make([]point, 2*len(p.ifs)), nonIP: make([]verdict, len(p.ifs))}
	for swIf, c := range p.ifs {
		rs.nonIP[swIf] = verdict{c.nonIP, c.nonIPSlot}
		for _, d := range []Direction{In, Out} {
			at := pointOf(uint32(swIf), d)
			views, rules := p.book.view(at, p.seed)
			var marks tables
			if int(at) < len(p.book.points) {
				marks = p.book.points[at]
			}
			rs.points[at] = point{
				rules4: views[0], rules6: views[1], rules: rules,
				fallback: verdict{c.fallback, c.fallbackSlot[d]},
				active:   c.active() && (d == In || rules > 0),
				flags:    marks.flags > 0, states: marks.states > 0, neighbours: c.neighbourSlot[d],
			}
		}
	}
	return rs
}

// seed is for a set of tables.
func (p *Plugin) seed() uint64 {
	if p.dp.Deterministic() {
		return 1
	}
	return rand.Uint64()
}

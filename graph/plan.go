package graph

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/config"
)

// Plan is a graph whose names are resolved: nodes by rank, nexts as numbers, arcs in order. It is pure data; New makes
// workers of it.
type Plan struct {
	Nodes []PlannedNode // by id; ids are ranks: lower ones are dispatched first

	// Notices are what may be mistakes, in words: neighbours on an arc that are no node, but are spelt nearly as one of the arc is.
	Notices []string

	arcs  []plannedArc
	drop  uint16 // id of error-drop
	entry uint16 // id of the node that received packets go to
	first uint8  // index of EntryArc; noArc where there is none
}

// PlannedNode is a node of a Plan.
type PlannedNode struct {
	Spec
	FirstError int    // where its counters are in Rows.Errors
	dest       []dest // by Next
}

// dest is where a next leads.
type dest struct {
	kind destKind
	to   uint16 // toNode: a node's id; toArc: an arc's index
}

type destKind uint8

const (
	toNode  destKind = iota
	toEntry          // Entry, by way of EntryArc
	toArc
	toContinue
	toHold
)

// plannedArc is an arc with its features in order.
type plannedArc struct {
	ArcSpec
	end      uint16   // unless SetArcEnd says otherwise
	ends     []uint16 // all that it can end in
	features []uint16
}

// What the numbers of a Plan have room for.
const (
	maxNodes    = 1 << 16
	maxArcs     = noArc           // Meta.Arc, and the mark for none
	maxNexts    = 1 << 8          // Next
	maxCounters = strayReason - 1 // Meta.Reason, which is one more
)

// Entry is the name of the node that received packets are given to.
const Entry = "ethernet-input"

// EntryArc is the name of the arc in front of Entry, for features that see frames before anybody has looked into them: of a
// packet's metadata only what the port has set is valid. Where a program declares it, its end is Entry. Packets of interfaces
// without a feature there go straight to Entry and are on no arc.
const EntryArc = "device-input"

// NewPlan resolves the names of nodes and arcs. Its error joins all that is wrong with them.
func NewPlan(specs []Spec, arcs []ArcSpec) (*Plan, error) {
	b := planner{arcByName: map[string]int{}, id: map[string]uint16{}, specs: specs}
	b.declare(arcs)
	b.orderArcs()
	b.rank()
	p := b.build()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// NodeID is the id of a node.
func (p *Plan) NodeID(name string) (uint16, bool) {
	for i := range p.Nodes {
		if p.Nodes[i].Name == name {
			return uint16(i), true
		}
	}
	return 0, false
}

// Edges lists for each node, by id, the names its packets can go to next: nodes, and for an arc its features and end; or, alone,
// Anywhere.
func (p *Plan) Edges() [][]string {
	out := make([][]string, len(p.Nodes))
	for i, n := range p.Nodes {
		if n.anywhere() {
			out[i] = []string{Anywhere}
			continue
		}
		for _, d := range n.dest {
			for _, id := range p.reach(uint16(i), d) {
				if name := p.Nodes[id].Name; !slices.Contains(out[i], name) {
					out[i] = append(out[i], name)
				}
			}
		}
	}
	return out
}

// NextTo is the slot by which packets of a node get to another one: directly, or by an arc.
func (p *Plan) NextTo(from, to uint16) (Next, bool) {
	for i, d := range p.Nodes[from].dest {
		if slices.Contains(p.reach(from, d), to) {
			return Next(i), true
		}
	}
	return 0, false
}

// reach is the nodes that dest d of node from can lead to.
func (p *Plan) reach(from uint16, d dest) (ids []uint16) {
	switch d.kind {
	case toNode, toEntry:
		return []uint16{d.to}
	case toArc:
		a := &p.arcs[d.to]
		return append(slices.Clone(a.features), a.ends...)
	case toHold:
		return nil
	}
	for i := range p.arcs {
		a := &p.arcs[i]
		if at := slices.Index(a.features, from); at >= 0 {
			ids = append(append(ids, a.features[at+1:]...), a.ends...)
		}
	}
	return ids
}

type planner struct {
	specs     []Spec
	arcs      []ArcSpec
	arcByName map[string]int
	onArc     [][]int // by arc: indices of its features in specs, in order
	order     []int   // by rank: index in specs
	id        map[string]uint16
	notices   []string
	errs      []error
}

func (b *planner) errorf(format string, a ...any) {
	b.errs = append(b.errs, fmt.Errorf("graph: "+format, a...))
}

// declare checks names, nexts and counters.
func (b *planner) declare(arcs []ArcSpec) {
	if len(b.specs) > maxNodes || len(arcs) > maxArcs {
		b.errorf("%d nodes and %d arcs: want at most %d and %d", len(b.specs), len(arcs), maxNodes, maxArcs)
	}
	for _, a := range arcs {
		if _, dup := b.arcByName[a.Name]; dup || a.Name == "" {
			b.errorf("arc name %q is empty or declared twice", a.Name)
			continue
		}
		if (a.Name == EntryArc) != (a.End == Entry) || a.Name == EntryArc && (a.ByTx || a.Only != 0) {
			b.errorf("arc %q ends in %q: want arc %q to end in %q and no other, for all packets that an interface receives", a.Name, a.End, EntryArc, Entry)
		}
		b.arcByName[a.Name] = len(b.arcs)
		b.arcs = append(b.arcs, a)
	}
	for i, s := range b.specs {
		if _, dup := b.id[s.Name]; dup || s.Name == "" {
			b.errorf("node name %q is empty or taken", s.Name)
		}
		b.id[s.Name] = uint16(i) // ranks come later
		if s.New == nil {
			b.errorf("node %q: New is nil", s.Name)
		}
		b.checkCounters(&s)
	}
	for _, name := range []string{Entry, ErrorDrop} {
		if _, ok := b.id[name]; !ok {
			b.errorf("there is no node %q", name)
		}
	}
	for i := range b.specs {
		b.checkNexts(&b.specs[i])
		for _, arc := range b.specs[i].Ends {
			if _, ok := b.arcByName[arc]; !ok {
				b.errorf("node %q ends arc %q, which nobody declares%s", b.specs[i].Name, arc, b.arcLike(arc))
			}
		}
	}
}

func (b *planner) checkCounters(s *Spec) {
	if len(s.Counters) > maxCounters {
		b.errorf("node %q: %d counters: want at most %d", s.Name, len(s.Counters), maxCounters)
	}
	for c, text := range s.Counters {
		if text == "" {
			b.errorf("node %q: counter %d has no text", s.Name, c)
		}
	}
}

func (b *planner) checkNexts(s *Spec) {
	if s.anywhere() && len(b.specs) > maxNexts {
		b.errorf("node %q sends anywhere, which are %d nodes: want at most %d", s.Name, len(b.specs), maxNexts)
	}
	if len(s.Nexts) > maxNexts {
		b.errorf("node %q: %d nexts: want at most %d", s.Name, len(s.Nexts), maxNexts)
	}
	for i, next := range s.Nexts {
		arc, isArc := strings.CutPrefix(next, arcPrefix)
		_, known := b.id[next]
		switch {
		case next == "":
			b.errorf("node %q: next %d has no name", s.Name, i)
		case isArc:
			if _, ok := b.arcByName[arc]; !ok {
				b.errorf("node %q: next %d starts arc %q, which nobody declares%s", s.Name, i, arc, b.arcLike(arc))
			}
		case next == Continue:
			if len(arcsOf(s)) == 0 {
				b.errorf("node %q: next %d continues an arc, but the node is on none", s.Name, i)
			}
		case next == Hold, next == Anywhere && s.anywhere():
		case !known:
			b.errorf("node %q: next %d is %q, which is no node%s", s.Name, i, next, b.nodeLike(next))
		}
	}
}

// suggest offers the known name nearest to a misspelt one.
func suggest(name string, known []string) string {
	if near := config.Nearest(name, known); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// Like offers the node whose name is nearest to a misspelt one, in words to put behind it; "" where none is near.
func (p *Plan) Like(name string) string {
	var known []string
	for i := range p.Nodes {
		known = append(known, p.Nodes[i].Name)
	}
	return suggest(name, known)
}

// nodeLike is suggest among the nodes.
func (b *planner) nodeLike(name string) string {
	return suggest(name, slices.Sorted(maps.Keys(b.id)))
}

// arcLike is suggest among the arcs.
func (b *planner) arcLike(name string) string {
	return suggest(name, slices.Sorted(maps.Keys(b.arcByName)))
}

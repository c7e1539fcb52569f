package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/config"
)

// arcsOf lists all arcs that a node serves.
func arcsOf(s *Spec) []Arc {
	if s.Arc.Name == "" {
		return s.MoreArcs
	}
	return append([]Arc{s.Arc}, s.MoreArcs...)
}

// orderArcs sorts each arc's features by their Before and After, in order of registration where these are silent.
func (b *planner) orderArcs() {
	b.onArc = make([][]int, len(b.arcs))
	for i := range b.specs {
		for _, a := range arcsOf(&b.specs[i]) {
			arc, ok := b.arcByName[a.Name]
			if !ok {
				b.errorf("node %q is on arc %q, which nobody declares%s", b.specs[i].Name, a.Name, b.arcLike(a.Name))
				continue
			}
			if slices.Contains(b.onArc[arc], i) {
				b.errorf("node %q is on arc %q twice", b.specs[i].Name, a.Name)
				continue
			}
			b.onArc[arc] = append(b.onArc[arc], i)
		}
	}
	for arc := range b.arcs {
		if _, ok := b.id[b.arcs[arc].End]; !ok {
			b.errorf("arc %q ends in %q, which is no node%s", b.arcs[arc].Name, b.arcs[arc].End, b.nodeLike(b.arcs[arc].End))
		}
		b.onArc[arc] = b.orderArc(arc)
	}
}

// orderArc is a stable topological sort: again and again the first feature that nothing left over must precede.
func (b *planner) orderArc(arc int) (order []int) {
	left := b.onArc[arc]
	precedes := b.constraints(arc)
	for len(left) > 0 {
		at := slices.IndexFunc(left, func(i int) bool {
			return !slices.ContainsFunc(left, func(j int) bool { return precedes[[2]int{j, i}] })
		})
		if at < 0 {
			b.errorf("arc %q: the order of its features is a circle: %s: take away one Before or After", b.arcs[arc].Name, b.circle(left, precedes))
			return append(order, left...)
		}
		order = append(order, left[at])
		left = slices.Delete(slices.Clone(left), at, at+1)
	}
	return order
}

// circle tells a circle among features of which each must come behind another one.
func (b *planner) circle(left []int, precedes map[[2]int]bool) string {
	at := left[0]
	var way []int // backwards
	for !slices.Contains(way, at) {
		way = append(way, at)
		at = left[slices.IndexFunc(left, func(i int) bool { return precedes[[2]int{i, at}] })]
	}
	way = append(way[slices.Index(way, at):], at)
	slices.Reverse(way)
	var words []string
	for _, i := range way {
		words = append(words, b.specs[i].Name)
	}
	return strings.Join(words, " before ")
}

// constraints is the set of pairs (i, j) of an arc's features where i must precede j.
func (b *planner) constraints(arc int) map[[2]int]bool {
	precedes := map[[2]int]bool{}
	spec := &b.arcs[arc]
	for _, i := range b.onArc[arc] {
		for _, a := range arcsOf(&b.specs[i]) {
			if a.Name != spec.Name {
				continue
			}
			if a.Before != "" && a.Before != spec.End {
				if j := b.feature(arc, i, a.Before); j >= 0 {
					precedes[[2]int{i, j}] = true
				}
			}
			if a.After != "" {
				if j := b.feature(arc, i, a.After); j >= 0 {
					precedes[[2]int{j, i}] = true
				}
			}
		}
	}
	return precedes
}

// feature finds the feature called name on an arc. A plugin may name a neighbour that the program does not hold, but
// not one that is a node elsewhere: that is a mistake.
func (b *planner) feature(arc, asker int, name string) int {
	at := slices.IndexFunc(b.onArc[arc], func(i int) bool { return b.specs[i].Name == name })
	if at >= 0 {
		return b.onArc[arc][at]
	}
	if _, isNode := b.id[name]; isNode {
		b.errorf("node %q wants a place beside %q on arc %q, but that node is not on it", b.specs[asker].Name, name, b.arcs[arc].Name)
	} else {
		b.notice(arc, asker, name)
	}
	return -1
}

// neighbourSlips is by how many letters the name of a neighbour may differ from a node of the arc and be taken for that, misspelt. More
// would speak up about plugins that are not there: flow-lookup is four letters from ip4-lookup. Of short names it is a quarter at most.
const neighbourSlips = 2

// notice speaks up where the name of a neighbour that is no node is nearly that of a node of the arc.
func (b *planner) notice(arc, asker int, name string) {
	known := []string{b.arcs[arc].End}
	for _, i := range b.onArc[arc] {
		if i != asker {
			known = append(known, b.specs[i].Name)
		}
	}
	if near := config.NearestWithin(name, known, min(neighbourSlips, len(name)/4)); near != "" {
		b.notices = append(b.notices, fmt.Sprintf("node %q wants a place beside %q on arc %q, which is no node of this program: did you mean %q?",
			b.specs[asker].Name, name, b.arcs[arc].Name, near))
	}
}

// rank numbers the nodes in reverse postorder from the entry, so that edges lead from low to high except in circles.
// Nodes that the entry does not lead to come behind those, in the same order among them, and late ones last; first come those that
// send anywhere, so that what they put into the graph goes with what the ports do.
func (b *planner) rank() {
	seen := make([]bool, len(b.specs))
	var post []int
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		edges := b.edges(i)
		for _, j := range slices.Backward(edges) {
			visit(j)
		}
		post = append(post, i)
	}
	if i, ok := b.id[Entry]; ok {
		visit(int(i))
	}
	if arc, ok := b.arcByName[EntryArc]; ok { // in front of the entry
		for _, i := range slices.Backward(b.onArc[arc]) {
			visit(i)
		}
	}
	slices.Reverse(post)
	b.order, post = post, nil
	for i := range slices.Backward(b.specs) {
		visit(i)
	}
	slices.Reverse(post)
	b.order = append(b.order, post...)
	slices.SortStableFunc(b.order, func(i, j int) int { return early(&b.specs[i]) - early(&b.specs[j]) })
}

// early is by how much a node's rank is not where its edges put it.
func early(s *Spec) int {
	switch {
	case s.anywhere():
		return -1
	case s.Late:
		return 1
	}
	return 0
}

// edges lists the indices in specs that packets of node i can go to.
func (b *planner) edges(i int) (out []int) {
	add := func(name string) {
		if j, ok := b.id[name]; ok {
			out = append(out, int(j))
		}
	}
	for _, next := range b.specs[i].Nexts {
		if arc, isArc := strings.CutPrefix(next, arcPrefix); isArc {
			if a, ok := b.arcByName[arc]; ok {
				out = append(append(out, b.onArc[a]...), b.endsOf(a)...)
			}
		} else if next == Continue {
			for a := range b.arcs {
				if at := slices.Index(b.onArc[a], i); at >= 0 {
					out = append(append(out, b.onArc[a][at+1:]...), b.endsOf(a)...)
				}
			}
		} else {
			add(next)
		}
	}
	return out
}

// endsOf lists the indices in specs of the nodes that an arc can end in.
func (b *planner) endsOf(arc int) (out []int) {
	for i := range b.specs {
		if b.specs[i].Name == b.arcs[arc].End || slices.Contains(b.specs[i].Ends, b.arcs[arc].Name) {
			out = append(out, i)
		}
	}
	return out
}

// build turns names into numbers. Where errors were found it may hold nonsense, which NewPlan does not return.
func (b *planner) build() *Plan {
	p := &Plan{Notices: b.notices, first: noArc}
	rankOf := make([]uint16, len(b.specs))
	for rank, i := range b.order {
		rankOf[i] = uint16(rank)
		b.id[b.specs[i].Name] = uint16(rank)
	}
	for a, spec := range b.arcs {
		pa := plannedArc{ArcSpec: spec, end: b.id[spec.End]}
		for _, i := range b.endsOf(a) {
			pa.ends = append(pa.ends, rankOf[i])
		}
		for _, i := range b.onArc[a] {
			pa.features = append(pa.features, rankOf[i])
		}
		p.arcs = append(p.arcs, pa)
	}
	errors := 0
	for _, i := range b.order {
		n := PlannedNode{Spec: b.specs[i], FirstError: errors}
		errors += len(n.Counters) + 1 // one for the strays
		if n.anywhere() {
			n.dest = toAll(len(b.specs), b.id[Entry])
		} else {
			for _, next := range n.Nexts {
				n.dest = append(n.dest, b.resolve(next))
			}
		}
		p.Nodes = append(p.Nodes, n)
	}
	p.drop, p.entry = b.id[ErrorDrop], b.id[Entry]
	if arc, ok := b.arcByName[EntryArc]; ok {
		p.first = uint8(arc)
	}
	return p
}

func (b *planner) resolve(next string) dest {
	if arc, isArc := strings.CutPrefix(next, arcPrefix); isArc {
		return dest{toArc, uint16(b.arcByName[arc])}
	}
	if next == Continue {
		return dest{kind: toContinue}
	}
	if next == Hold {
		return dest{kind: toHold}
	}
	return dest{toNode, b.id[next]}
}

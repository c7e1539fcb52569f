package drawing

import (
	"slices"
	"strings"
)

// Sizes of what is drawn, in pixels. Text is monospaced, so that its width is known wherever it is shown.
const (
	charWidth  = 7.25 // of a name's character at 12 px: 0.6 em, and a little more for fonts that are wider
	smallWidth = 6.1  // of one at 10 px
	rowHeight  = 24.0
	subHeight  = 13.0 // a line below a name
	rowGap     = 9.0  // between the features of an arc
	headHeight = 24.0 // the name of an arc
	padding    = 10.0
)

// item is something with a place of its own: a node, an arc with its features as rows, or a bend of an edge, which is empty.
type item struct {
	name  string // of the node, or of the arc
	note  string // of the arc
	arc   bool
	bend  bool
	rows  []row // of a node one
	x, y  float64
	w, h  float64
	layer int
}

// row is a node as it stands in an item.
type row struct {
	node  *Node
	sub   []string // lines below its name
	y, h  float64  // from the item's top
	drops bool
}

// edgeKind is how an edge is drawn.
type edgeKind uint8

const (
	plain edgeKind = iota
	maybe          // an arc's end for those interfaces that were told so
)

// edge goes from one item, or one of its rows, to another: -1 is the item as a whole.
type edge struct {
	from, to       int
	fromRow, toRow int
	kind           edgeKind
	side           bool  // not on the main way: it gives way where there is a circle
	up             bool  // it leads to what is above
	bends          []int // the items that it goes through, from top to bottom
}

// scene is a graph as items and edges.
type scene struct {
	g       *Graph
	detours map[string]bool
	items   []item
	edges   []edge
	at      map[string][]spot // where a node stands
	layers  [][]int           // items, from left to right
	bus     float64           // where the line is that collects drops
	drop    int               // the item of Drop, -1 for none
	counted bool
	w, h    float64
}

type spot struct{ item, row int }

// newScene makes items and edges; nothing has a place yet.
func newScene(g *Graph) *scene {
	s := &scene{g: g, detours: g.detours(), at: map[string][]spot{}, drop: -1, counted: g.counted()}
	for i := range g.Nodes { // items by rank; an arc stands where its first feature does
		n := &g.Nodes[i]
		for _, a := range g.arcsOf(n.Name) {
			s.addArc(a)
		}
		if len(g.arcsOf(n.Name)) == 0 && !s.detours[n.Name] {
			s.addNode(n)
		}
	}
	for a := range g.Arcs {
		s.addArc(a)
	}
	for a := range g.Arcs {
		for k, end := range g.Arcs[a].Ends {
			s.link(edge{from: s.arcItem(a), fromRow: -1, kind: edgeKind(min(k, 1))}, end)
		}
	}
	for i := range g.Nodes {
		s.leads(&g.Nodes[i])
	}
	return s
}

func (s *scene) addNode(n *Node) {
	if n.Name == Drop {
		s.drop = len(s.items)
	}
	it := item{name: n.Name}
	it.h = s.addRow(&it, n, 0)
	s.at[n.Name] = append(s.at[n.Name], spot{len(s.items), 0})
	s.items = append(s.items, it)
}

// arcItem is the item of an arc, -1 while there is none.
func (s *scene) arcItem(arc int) int {
	name := s.g.Arcs[arc].Name
	return slices.IndexFunc(s.items, func(it item) bool { return it.arc && it.name == name })
}

// addArc adds an arc, unless it is there.
func (s *scene) addArc(arc int) {
	if s.arcItem(arc) >= 0 {
		return
	}
	a := &s.g.Arcs[arc]
	it := item{name: a.Name, note: a.Note, arc: true, h: headHeight}
	it.w = float64(len([]rune(a.Name)))*charWidth + float64(len([]rune(a.Note)))*smallWidth + 3*padding
	for _, f := range a.Features {
		if n := s.g.Node(f); n != nil {
			if len(it.rows) > 0 {
				it.h += rowGap
			}
			it.h += s.addRow(&it, n, it.h)
			s.at[f] = append(s.at[f], spot{len(s.items), len(it.rows) - 1})
		}
	}
	it.h += padding
	s.items = append(s.items, it)
}

// addRow adds a node to an item at y, makes the item as wide as that needs, and returns the row's height.
func (s *scene) addRow(it *item, n *Node, y float64) float64 {
	r := row{node: n, sub: n.beside(s.detours), y: y, h: rowHeight}
	w := float64(len([]rune(n.Name))) * charWidth
	if s.counted {
		w += float64(len(thousands(n.Packets))+2) * smallWidth
	}
	for _, t := range r.sub {
		w = max(w, float64(len([]rune(t)))*smallWidth)
		r.h += subHeight
	}
	w += 2 * padding
	if it.arc {
		w += 2 * padding
	}
	it.w = max(it.w, w)
	r.drops = slices.ContainsFunc(n.Leads, func(l Lead) bool { return l.Kind == ToNode && l.To == Drop })
	it.rows = append(it.rows, r)
	return r.h
}

// leads adds the edges of a node, from each place that it stands at.
func (s *scene) leads(n *Node) {
	for _, from := range s.at[n.Name] {
		e := edge{from: from.item, fromRow: -1}
		if s.items[from.item].arc {
			e.fromRow, e.side = from.row, true
		}
		for _, l := range n.Leads {
			switch {
			case l.Kind == ToArc && s.g.arc(l.To) >= 0:
				e.to, e.toRow = s.arcItem(s.g.arc(l.To)), -1
				s.add(e)
			case l.Kind == ToNode && l.To != Drop:
				s.link(e, l.To)
			}
		}
	}
}

// link adds the edge to each place that a node stands at.
func (s *scene) link(e edge, node string) {
	for _, to := range s.at[node] {
		if s.items[to.item].arc {
			e.toRow, e.side = to.row, true
		} else {
			e.toRow = -1
		}
		e.to = to.item
		s.add(e)
	}
}

// add adds an edge, unless it is there, leads nowhere else, or to Drop, which the bus is for; from there none leads on.
func (s *scene) add(e edge) {
	if e.from != e.to && e.to != s.drop && e.from != s.drop && !slices.ContainsFunc(s.edges, func(o edge) bool {
		return o.from == e.from && o.to == e.to && o.fromRow == e.fromRow && o.toRow == e.toRow
	}) {
		s.edges = append(s.edges, e)
	}
}

// title is a row's words for who points at it.
func (r *row) title() string { return r.node.Name + " leads to: " + strings.Join(r.node.words(), ", ") }

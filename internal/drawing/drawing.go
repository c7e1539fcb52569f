// Package drawing shows a graph of nodes and feature arcs as text, as DOT for graphviz, and as a picture in SVG.
//
// Terms: a node leads to others by its leads. An arc is features, nodes in an order, and where it ends. In DOT and SVG a feature
// stands in each arc that it is on, and all else once. A detour is a node that only features lead to and that leads back to
// them; it is written beside those.
//
//	Graph ──scene──> items and edges ──layers, order, place──> rectangles and points ──SVG──> text
//
// Invariant: equal graphs give equal bytes. Nothing here is read from anywhere, and nothing is run: a Graph is data, and what comes
// of it is text. The layout is made for some dozens of nodes, and takes seconds for a thousand.
package drawing

import "slices"

// Drop is the node that packets end in which nobody wants. What leads there is drawn faintly.
const Drop = "error-drop"

// Graph is what there is to draw.
type Graph struct {
	Title string
	Nodes []Node // by rank
	Arcs  []Arc
}

// Node is a node of a graph.
type Node struct {
	Name    string
	Rank    int
	Packets uint64 // how many it has seen
	Leads   []Lead // in the order of its nexts
}

// Lead is where a next of a node leads.
type Lead struct {
	Kind Kind
	To   string // a node's name, or an arc's
}

// Kind is the kind of a Lead.
type Kind uint8

// The kinds of leads.
const (
	ToNode Kind = iota
	ToArc       // to the first feature of an arc
	ToNext      // to what follows on the arc that the packet is on
	Held        // nowhere: the node keeps the packet for a time
	ToAll       // to any node
)

// Arc is a feature arc.
type Arc struct {
	Name     string
	Note     string // whose packets are on it, in a word or two
	Features []string
	Ends     []string // the first is where it ends unless an interface was told otherwise
}

// Node finds a node by name, or returns nil.
func (g *Graph) Node(name string) *Node {
	if i := slices.IndexFunc(g.Nodes, func(n Node) bool { return n.Name == name }); i >= 0 {
		return &g.Nodes[i]
	}
	return nil
}

// arc is an arc's place in Arcs, -1 for none.
func (g *Graph) arc(name string) int {
	return slices.IndexFunc(g.Arcs, func(a Arc) bool { return a.Name == name })
}

// Reached is the part of the graph that packets get to from the nodes and arcs that are named.
func (g *Graph) Reached(nodes, arcs []string) Graph {
	r := reach{g: g, nodes: map[string]bool{}, arcs: map[string]bool{}}
	for _, n := range nodes {
		r.node(n)
	}
	for _, a := range arcs {
		r.arc(a)
	}
	out := Graph{Title: g.Title}
	for _, n := range g.Nodes {
		if r.nodes[n.Name] {
			out.Nodes = append(out.Nodes, n)
		}
	}
	for _, a := range g.Arcs {
		if r.arcs[a.Name] {
			out.Arcs = append(out.Arcs, a)
		}
	}
	return out
}

type reach struct {
	g           *Graph
	nodes, arcs map[string]bool
}

func (r *reach) node(name string) {
	n := r.g.Node(name)
	if n == nil || r.nodes[name] {
		return
	}
	r.nodes[name] = true
	for _, l := range n.Leads {
		switch l.Kind {
		case ToNode:
			r.node(l.To)
		case ToArc:
			r.arc(l.To)
		}
	}
}

func (r *reach) arc(name string) {
	i := r.g.arc(name)
	if i < 0 || r.arcs[name] {
		return
	}
	r.arcs[name] = true
	for _, n := range slices.Concat(r.g.Arcs[i].Features, r.g.Arcs[i].Ends) {
		r.node(n)
	}
}

// detours is the nodes that only features lead to and that lead back to these, and no others.
func (g *Graph) detours() map[string]bool {
	from := map[string][]string{}
	for _, n := range g.Nodes {
		for _, l := range n.Leads {
			if l.Kind == ToNode {
				from[l.To] = append(from[l.To], n.Name)
			}
		}
	}
	out := map[string]bool{}
	for _, n := range g.Nodes {
		back := func(l Lead) bool { return l.Kind == ToNode && slices.Contains(from[n.Name], l.To) }
		onArc := func(name string) bool { return len(g.arcsOf(name)) > 0 }
		all := len(n.Leads) > 0 && len(from[n.Name]) > 0 && !onArc(n.Name)
		for _, l := range n.Leads {
			all = all && back(l)
		}
		for _, f := range from[n.Name] {
			all = all && onArc(f)
		}
		if all {
			out[n.Name] = true
		}
	}
	return out
}

// arcsOf is the places in Arcs of those that a node is on.
func (g *Graph) arcsOf(name string) (out []int) {
	for i, a := range g.Arcs {
		if slices.Contains(a.Features, name) {
			out = append(out, i)
		}
	}
	return out
}

// counted says whether any node has seen a packet.
func (g *Graph) counted() bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.Packets > 0 })
}

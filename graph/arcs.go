package graph

import "slices"

// PlannedArc is an arc of a Plan, by names.
type PlannedArc struct {
	ArcSpec
	Features []string // in order
	Ends     []string // all nodes that it can end in; SetArcEnd chooses
}

// Arcs describes the arcs, in the order of their declaration.
func (p *Plan) Arcs() []PlannedArc {
	names := func(ids []uint16) []string {
		out := make([]string, len(ids))
		for i, id := range ids {
			out[i] = p.Nodes[id].Name
		}
		return out
	}
	out := make([]PlannedArc, len(p.arcs))
	for i := range p.arcs {
		a := &p.arcs[i]
		out[i] = PlannedArc{ArcSpec: a.ArcSpec, Features: names(a.features), Ends: names(a.ends)}
	}
	return out
}

// Reach is the names of the nodes that packets of a node can get to by a next: none where that holds them, or leads
// anywhere.
func (p *Plan) Reach(node uint16, next Next) (out []string) {
	n := &p.Nodes[node]
	if int(next) >= len(n.dest) || n.anywhere() {
		return nil
	}
	for _, id := range p.reach(node, n.dest[next]) {
		if name := p.Nodes[id].Name; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// ArcEnd is the node that packets of an interface leave an arc to. ok is false where there is no such arc or interface.
func (g *Graph) ArcEnd(arc string, swIf uint32) (node string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.IndexFunc(g.Plan.arcs, func(a plannedArc) bool { return a.Name == arc })
	if at < 0 || int(swIf) >= len(g.arcState[at].end) {
		return "", false
	}
	return g.Plan.Nodes[g.arcState[at].end[swIf]].Name, true
}

package graph

import (
	"fmt"
	"slices"
)

// wiring says where packets on arcs go, by interface: an immutable snapshot. All slices indexed by sw_if_index have
// len(ifs) elements.
type wiring struct {
	arcs  []arcWiring
	ifs   int
	first []uint16 // by sw_if_index: where received packets go first; nil: all of them to the entry
}

type arcWiring struct {
	byTx  bool
	first []uint16   // by sw_if_index: the first enabled feature, or the end
	after [][]uint16 // by node id, nil for nodes not on the arc; then by sw_if_index: the next enabled feature, or the end
}

// arcState is what the operator has asked for; control side only, guarded by Graph.mu.
type arcState struct {
	enabled [][]bool // by arc feature's place; then by sw_if_index
	end     []uint16 // by sw_if_index
}

func (p *Plan) newArcStates() []arcState {
	s := make([]arcState, len(p.arcs))
	for i := range s {
		s[i].enabled = make([][]bool, len(p.arcs[i].features))
	}
	return s
}

// grow makes room for interfaces up to and including swIf.
func (s *arcState) grow(swIf uint32, end uint16) {
	for int(swIf) >= len(s.end) {
		s.end = append(s.end, end)
		for f := range s.enabled {
			s.enabled[f] = append(s.enabled[f], false)
		}
	}
}

// wire computes the snapshot for what is enabled now.
func (p *Plan) wire(states []arcState, ifs int) *wiring {
	w := &wiring{ifs: ifs, arcs: make([]arcWiring, len(p.arcs))}
	for i := range p.arcs {
		a, s := &p.arcs[i], &states[i]
		if ifs > 0 {
			s.grow(uint32(ifs-1), a.end)
		}
		aw := arcWiring{byTx: a.ByTx, first: slices.Clone(s.end), after: make([][]uint16, len(p.Nodes))}
		for f, node := range slices.Backward(a.features) { // first is always what follows feature f
			aw.after[node] = slices.Clone(aw.first)
			for swIf, on := range s.enabled[f] {
				if on {
					aw.first[swIf] = node
				}
			}
		}
		w.arcs[i] = aw
	}
	if p.first != noArc {
		first := w.arcs[p.first].first
		if slices.ContainsFunc(first, func(id uint16) bool { return id != p.entry }) {
			w.first = first
		}
	}
	return w
}

// AddInterface makes sw_if_index swIf known to all arcs. It must precede the first packet from or to that interface.
func (g *Graph) AddInterface(swIf uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ifs = max(g.ifs, int(swIf)+1)
	g.wiring.Store(g.Plan.wire(g.arcState, g.ifs))
}

// RemoveInterface makes the arcs forget what was set for an interface. Packets that it received may still be under way.
func (g *Graph) RemoveInterface(swIf uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.arcState {
		s := &g.arcState[i]
		if int(swIf) >= len(s.end) {
			continue
		}
		s.end[swIf] = g.Plan.arcs[i].end
		for f := range s.enabled {
			s.enabled[f][swIf] = false
		}
	}
	g.wiring.Store(g.Plan.wire(g.arcState, g.ifs))
}

// SetFeature enables or disables a feature of an arc on an interface. It is effective for all packets that a worker
// takes in after its current pass.
func (g *Graph) SetFeature(arc, node string, swIf uint32, on bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	a, err := g.arc(arc)
	if err != nil {
		return err
	}
	f := slices.IndexFunc(g.Plan.arcs[a].features, func(id uint16) bool { return g.Plan.Nodes[id].Name == node })
	if f < 0 {
		return fmt.Errorf("graph: node %q is not a feature of arc %q", node, arc)
	}
	if int(swIf) >= g.ifs {
		return fmt.Errorf("graph: no interface with sw_if_index %d", swIf)
	}
	g.arcState[a].enabled[f][swIf] = on
	g.wiring.Store(g.Plan.wire(g.arcState, g.ifs))
	return nil
}

// SetArcEnd makes packets of an interface leave an arc to node, or to the arc's own end if node is "".
func (g *Graph) SetArcEnd(arc string, swIf uint32, node string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	a, err := g.arc(arc)
	if err != nil {
		return err
	}
	if int(swIf) >= g.ifs {
		return fmt.Errorf("graph: no interface with sw_if_index %d", swIf)
	}
	end := g.Plan.arcs[a].end
	if node != "" {
		var ok bool
		if end, ok = g.Plan.NodeID(node); !ok || !slices.Contains(g.Plan.arcs[a].ends, end) {
			return fmt.Errorf("graph: no node %q that may end arc %q", node, arc)
		}
	}
	g.arcState[a].end[swIf] = end
	g.wiring.Store(g.Plan.wire(g.arcState, g.ifs))
	return nil
}

// HasFeature reports whether node is a feature of arc.
func (g *Graph) HasFeature(arc, node string) bool {
	a, err := g.arc(arc)
	return err == nil && slices.ContainsFunc(g.Plan.arcs[a].features, func(id uint16) bool { return g.Plan.Nodes[id].Name == node })
}

// Features lists the features of each arc that swIf has enabled, in order.
func (g *Graph) Features(swIf uint32) map[string][]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[string][]string{}
	for i, a := range g.Plan.arcs {
		for f, id := range a.features {
			if int(swIf) < len(g.arcState[i].enabled[f]) && g.arcState[i].enabled[f][swIf] {
				out[a.Name] = append(out[a.Name], g.Plan.Nodes[id].Name)
			}
		}
	}
	return out
}

func (g *Graph) arc(name string) (int, error) {
	for i := range g.Plan.arcs {
		if g.Plan.arcs[i].Name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("graph: no arc %q", name)
}

package drawing

import "slices"

// layer gives each item a layer, so that edges lead down; those that would close a circle lead up. Side edges come after the
// others, so that the main way never leads up for their sake.
func (s *scene) layer() {
	below := make([][]int, len(s.items))
	for _, side := range []bool{false, true} {
		for i := range s.edges {
			e := &s.edges[i]
			if e.side != side {
				continue
			}
			if reaches(below, e.to, e.from) {
				e.up = true
			} else {
				below[e.from] = append(below[e.from], e.to)
			}
		}
	}
	s.longest(below)
	s.lower(below)
	s.bend()
}

// reaches says whether there is a way from one item to another.
func reaches(below [][]int, from, to int) bool {
	seen := make([]bool, len(below))
	var visit func(i int) bool
	visit = func(i int) bool {
		if i == to {
			return true
		}
		if seen[i] {
			return false
		}
		seen[i] = true
		return slices.ContainsFunc(below[i], visit)
	}
	return visit(from)
}

// longest puts each item one layer below the lowest that leads to it.
func (s *scene) longest(below [][]int) {
	for moved := true; moved; {
		moved = false
		for i := range s.items {
			for _, j := range below[i] {
				if s.items[j].layer <= s.items[i].layer {
					s.items[j].layer, moved = s.items[i].layer+1, true
				}
			}
		}
	}
}

// lower puts what nothing leads to right above what it leads to, and Drop at the bottom.
func (s *scene) lower(below [][]int) {
	led, last := make([]bool, len(s.items)), 0
	for i := range s.items {
		last = max(last, s.items[i].layer)
		for _, j := range below[i] {
			led[j] = true
		}
	}
	for i := range s.items {
		if led[i] || len(below[i]) == 0 {
			continue
		}
		next := last + 1
		for _, j := range below[i] {
			next = min(next, s.items[j].layer)
		}
		s.items[i].layer = next - 1
	}
	if s.drop >= 0 {
		s.items[s.drop].layer = last
	}
}

// bend puts an empty item into each layer that an edge crosses, and makes the layers.
func (s *scene) bend() {
	for i := range s.edges {
		e := &s.edges[i]
		top, bottom := s.items[e.from].layer, s.items[e.to].layer
		if e.up {
			top, bottom = bottom, top
		}
		for l := top + 1; l < bottom; l++ {
			e.bends = append(e.bends, len(s.items))
			s.items = append(s.items, item{bend: true, layer: l, w: bendWidth})
		}
	}
	for i := range s.items {
		if i == s.drop {
			continue
		}
		for s.items[i].layer >= len(s.layers) {
			s.layers = append(s.layers, nil)
		}
		s.layers[s.items[i].layer] = append(s.layers[s.items[i].layer], i)
	}
	if s.drop >= 0 {
		if len(s.layers) == 0 {
			s.layers = [][]int{nil}
		}
		last := len(s.layers) - 1
		s.items[s.drop].layer = last
		s.layers[last] = append(s.layers[last], s.drop)
	}
}

// bendWidth is how wide a bend is: an edge keeps that far from what stands beside it.
const bendWidth = 8.0

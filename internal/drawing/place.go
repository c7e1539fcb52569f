package drawing

import "slices"

// Distances, in pixels.
const (
	margin    = 20.0
	itemGap   = 48.0 // between items: the lanes of both go down here
	layerGap  = 46.0
	titleRoom = 22.0
	busGap    = 26.0 // between the rightmost item and the line of drops
	passes    = 24   // over the layers; places move by less than a pixel after some ten
)

// place gives items their places: layers below each other, items of a layer as near as they can be to what they are connected with.
func (s *scene) place() {
	segs := s.segments()
	for _, l := range s.layers {
		x := 0.0
		for _, i := range l {
			s.items[i].x = x
			x += s.items[i].w + s.gap(i)
		}
	}
	for i := range passes {
		for k := range s.layers {
			l := k
			if i%2 == 1 {
				l = len(s.layers) - 1 - k
			}
			s.align(s.layers[l], segs)
		}
	}
	s.shift()
	s.rows()
}

// gap is how much room is to the right of an item.
func (s *scene) gap(i int) float64 {
	if s.items[i].bend {
		return itemGap / 2
	}
	return itemGap
}

// align moves the items of a layer as near as possible, in the least squares, to the mean of what they are connected with, in their
// order and without touching: neighbours that would are moved as one.
func (s *scene) align(layer []int, segs []segment) {
	type group struct {
		sum, weight float64
		first, n    int
	}
	offset, x := make([]float64, len(layer)), 0.0
	var groups []group
	for k, i := range layer {
		offset[k] = x + s.items[i].w/2
		x += s.items[i].w + s.gap(i)
		want, weight := s.wish(i, segs)
		groups = append(groups, group{(want - offset[k]) * weight, weight, k, 1})
		for n := len(groups); n > 1 && groups[n-2].sum*groups[n-1].weight > groups[n-1].sum*groups[n-2].weight; n = len(groups) {
			a, b := &groups[n-2], groups[n-1]
			a.sum, a.weight, a.n = a.sum+b.sum, a.weight+b.weight, a.n+b.n
			groups = groups[:n-1]
		}
	}
	for _, g := range groups {
		for k := g.first; k < g.first+g.n; k++ {
			it := &s.items[layer[k]]
			it.x = g.sum/g.weight + offset[k] - it.w/2
		}
	}
}

// wish is where an item wants its middle to be, and how much. Bends want it more, so that long edges are straight.
func (s *scene) wish(i int, segs []segment) (at, weight float64) {
	sum, n := 0.0, 0.0
	for _, g := range segs {
		other := -1
		if g.above == i {
			other = g.below
		} else if g.below == i {
			other = g.above
		}
		if other < 0 {
			continue
		}
		w := 1.0
		if s.items[i].bend && s.items[other].bend {
			w = 4
		}
		sum, n = sum+w*s.items[other].middle(), n+w
	}
	if n == 0 {
		return s.items[i].middle(), 0.1
	}
	return sum / n, n
}

func (it *item) middle() float64 { return it.x + it.w/2 }

// shift moves all to the right of the margin, and puts the line of drops to the right of all.
func (s *scene) shift() {
	left, right := 0.0, 0.0
	for k := range s.items {
		if k == s.drop {
			continue
		}
		if left == 0 && right == 0 {
			left = s.items[k].x
		}
		left, right = min(left, s.items[k].x), max(right, s.items[k].x+s.items[k].w)
	}
	left -= margin
	for k := range s.items {
		s.items[k].x -= left
	}
	s.w = right - left + margin
	if s.drop < 0 {
		return
	}
	s.bus = right - left + busGap
	d := &s.items[s.drop]
	if len(s.layers[d.layer]) > 1 {
		before := &s.items[s.layers[d.layer][len(s.layers[d.layer])-2]]
		d.x = max(before.x+before.w+itemGap, s.bus-d.w/2)
	} else {
		d.x = max(margin, s.bus-d.w/2)
	}
	s.bus = max(s.bus, d.middle())
	s.w = max(s.bus, d.x+d.w) + margin
}

// rows puts layers below each other, items in the middle of theirs.
func (s *scene) rows() {
	y := margin
	if s.g.Title != "" {
		y += titleRoom
	}
	for _, l := range s.layers {
		h := 0.0
		for _, i := range l {
			h = max(h, s.items[i].h)
		}
		for _, i := range l {
			it := &s.items[i]
			if it.bend {
				it.h = h
			}
			it.y = y + (h-it.h)/2
		}
		y += h + layerGap
	}
	s.h = y - layerGap + margin
	if n := len(s.legend()); n > 0 {
		s.h += legendLine * float64(n+1)
		for _, l := range s.legend() {
			s.w = max(s.w, 2*margin+float64(len([]rune(l)))*smallWidth)
		}
	}
}

// legendLine is the height of a line of the legend.
const legendLine = 15.0

// legend explains what there is of the signs that do not speak for themselves.
func (s *scene) legend() (out []string) {
	if slices.ContainsFunc(s.edges, func(e edge) bool { return e.kind == maybe }) {
		out = append(out, "dashed: where an arc ends for interfaces that are set so")
	}
	if len(s.detours) > 0 {
		out = append(out, "⇄ some packets go by way of that node, and come back")
	}
	if s.drop >= 0 {
		out = append(out, "red: what is dropped")
	}
	if s.counted {
		out = append(out, "numbers: packets that a node has seen, on all its arcs together")
	}
	return out
}

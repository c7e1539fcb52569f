package drawing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edges begin and end at the middle of an item's lower or upper side, side by side where there are more, or at the side of a row:
// then they go up or down in the gap beside the item.
const (
	portGap  = 14.0 // between edges at one side of an item
	laneAway = 10.0 // of the first lane beside an item
	laneGap  = 6.0  // between lanes
	lanes    = 3    // more share the last
	corner   = 6.0  // radius
)

// router writes the ways of edges.
type router struct {
	s       *scene
	out, in map[int][]int // by item: edges at its lower and upper side, from left to right
	lane    map[spot]int  // by item and side (-1, 1): lanes taken
	laneOf  map[spot]float64
}

func newRouter(s *scene) *router {
	r := &router{s: s, out: map[int][]int{}, in: map[int][]int{}, lane: map[spot]int{}, laneOf: map[spot]float64{}}
	for i := range s.edges {
		top, bottom := r.ends(i)
		if top.row < 0 {
			r.out[top.item] = append(r.out[top.item], i)
		}
		if bottom.row < 0 {
			r.in[bottom.item] = append(r.in[bottom.item], i)
		}
	}
	for _, list := range r.out {
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(r.next(a, true), r.next(b, true)) })
	}
	for _, list := range r.in {
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(r.next(a, false), r.next(b, false)) })
	}
	return r
}

// ends is where an edge is at the top, and at the bottom.
func (r *router) ends(i int) (top, bottom spot) {
	e := &r.s.edges[i]
	top, bottom = spot{e.from, e.fromRow}, spot{e.to, e.toRow}
	if e.up {
		top, bottom = bottom, top
	}
	return top, bottom
}

// next is where an edge is bound for behind its upper end, or before its lower one.
func (r *router) next(i int, fromTop bool) float64 {
	e := &r.s.edges[i]
	top, bottom := r.ends(i)
	switch {
	case len(e.bends) == 0 && fromTop:
		return r.s.items[bottom.item].middle()
	case len(e.bends) == 0:
		return r.s.items[top.item].middle()
	case fromTop:
		return r.s.items[e.bends[0]].middle()
	}
	return r.s.items[e.bends[len(e.bends)-1]].middle()
}

// port is where an edge meets an item's upper or lower side.
func (r *router) port(list []int, item, edge int) float64 {
	it := &r.s.items[item]
	gap := min(portGap, it.w/float64(len(list)+1))
	return it.middle() + (float64(slices.Index(list, edge))-float64(len(list)-1)/2)*gap
}

// beside is the lane that an edge takes beside a row, and the row's end there. Edges of one row that go the same way share it.
func (r *router) beside(at spot, toward float64) (lane, end, y float64) {
	it := &r.s.items[at.item]
	side, end := 1, it.x+it.w-padding
	if toward < it.middle() {
		side, end = -1, it.x+padding
	}
	key := spot{at.item<<12 | at.row, side}
	if _, ok := r.laneOf[key]; !ok {
		n := min(r.lane[spot{at.item, side}], lanes-1)
		r.lane[spot{at.item, side}]++
		away := laneAway + float64(n)*laneGap
		r.laneOf[key] = it.x - away
		if side > 0 {
			r.laneOf[key] = it.x + it.w + away
		}
	}
	return r.laneOf[key], end, it.y + it.rows[at.row].y + it.rows[at.row].h/2
}

// point is a corner of a way.
type point struct{ x, y float64 }

// way is the corners of an edge from top to bottom: within layers it goes straight down, between them by a curve.
func (r *router) way(i int) (points []point) {
	e := &r.s.edges[i]
	top, bottom := r.ends(i)
	a, b := &r.s.items[top.item], &r.s.items[bottom.item]
	aEnd, bStart := r.s.edgeOf(a.layer, false), r.s.edgeOf(b.layer, true)
	if top.row < 0 {
		x := r.port(r.out[top.item], top.item, i)
		points = append(points, point{x, a.y + a.h}, point{x, aEnd})
	} else {
		lane, end, y := r.beside(top, r.next(i, true))
		points = append(points, point{end, y}, point{lane, y}, point{lane, aEnd})
	}
	for _, k := range e.bends {
		it := &r.s.items[k]
		points = append(points, point{it.middle(), it.y}, point{it.middle(), it.y + it.h})
	}
	if bottom.row < 0 {
		x := r.port(r.in[bottom.item], bottom.item, i)
		return append(points, point{x, bStart}, point{x, b.y})
	}
	lane, end, y := r.beside(bottom, r.next(i, false))
	return append(points, point{lane, bStart}, point{lane, y}, point{end, y})
}

// edgeOf is where a layer begins, or ends, from above.
func (s *scene) edgeOf(layer int, top bool) float64 {
	y := s.items[s.layers[layer][0]].y
	if !top {
		y += s.items[s.layers[layer][0]].h
	}
	for _, i := range s.layers[layer] {
		if it := &s.items[i]; top {
			y = min(y, it.y)
		} else {
			y = max(y, it.y+it.h)
		}
	}
	return y
}

// path writes a way for SVG: straight where it is upright or level, with a round corner between these, else curved.
func path(p []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", px(p[0].x), px(p[0].y))
	for i := 1; i < len(p); i++ {
		last, at := p[i-1], p[i]
		switch {
		case last == at:
		case last.x != at.x && last.y != at.y:
			middle := (last.y + at.y) / 2
			fmt.Fprintf(&b, "C%s %s %s %s %s %s", px(last.x), px(middle), px(at.x), px(middle), px(at.x), px(at.y))
		case i+1 < len(p) && (last.y == at.y && p[i+1].x == at.x || last.x == at.x && p[i+1].y == at.y) && p[i+1] != at:
			in, out := toward(at, last), toward(at, p[i+1])
			fmt.Fprintf(&b, "L%s %sQ%s %s %s %s", px(in.x), px(in.y), px(at.x), px(at.y), px(out.x), px(out.y))
		default:
			fmt.Fprintf(&b, "L%s %s", px(at.x), px(at.y))
		}
	}
	return b.String()
}

// toward is the point a corner's radius from p on the way to q, or halfway where that is nearer.
func toward(p, q point) point {
	step := func(d float64) float64 { return max(-corner, min(corner, d/2)) }
	return point{p.x + step(q.x-p.x), p.y + step(q.y-p.y)}
}

// px writes a length with one digit behind the point, if that is not 0.
func px(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

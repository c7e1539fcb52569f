package drawing

import (
	"cmp"
	"slices"
)

// sweeps bounds how often all layers are sorted. Graphs of some dozens of nodes stand still after three or four.
const sweeps = 12

// segment is a piece of an edge between neighbouring layers.
type segment struct{ above, below int }

// order sorts each layer from left to right so that few edges cross: items go to the mean place of what they are connected with,
// down and up again, then neighbours change places while that helps. The best order that was seen stays.
func (s *scene) order() {
	segs := s.segments()
	best, fewest := s.snapshot(), s.crossings(segs)
	for i := range sweeps {
		for k := range s.layers {
			l := k
			if i%2 == 1 {
				l = len(s.layers) - 1 - k
			}
			s.sortLayer(l, segs, i%2 == 0)
		}
		s.swap(segs)
		if n := s.crossings(segs); n < fewest {
			best, fewest = s.snapshot(), n
		}
	}
	s.layers = best
}

func (s *scene) snapshot() [][]int {
	out := make([][]int, len(s.layers))
	for i := range out {
		out[i] = slices.Clone(s.layers[i])
	}
	return out
}

// segments cuts the edges at their bends.
func (s *scene) segments() (out []segment) {
	for i := range s.edges {
		e := &s.edges[i]
		from, to := e.from, e.to
		if e.up {
			from, to = to, from
		}
		way := slices.Concat([]int{from}, e.bends, []int{to})
		for k := 1; k < len(way); k++ {
			out = append(out, segment{way[k-1], way[k]})
		}
	}
	return out
}

// places is each item's place in its layer.
func (s *scene) places() []int {
	at := make([]int, len(s.items))
	for _, l := range s.layers {
		for i, it := range l {
			at[it] = i
		}
	}
	return at
}

// sortLayer sorts a layer by the mean place of what its items are connected with above, or below. Drop stays at the right.
func (s *scene) sortLayer(l int, segs []segment, above bool) {
	at := s.places()
	mean := make([]float64, len(s.items))
	for _, i := range s.layers[l] {
		sum, n := 0.0, 0
		for _, g := range segs {
			if above && g.below == i {
				sum, n = sum+float64(at[g.above])/float64(len(s.layers[s.items[g.above].layer])), n+1
			} else if !above && g.above == i {
				sum, n = sum+float64(at[g.below])/float64(len(s.layers[s.items[g.below].layer])), n+1
			}
		}
		if mean[i] = float64(at[i]) / float64(len(s.layers[l])); n > 0 {
			mean[i] = sum / float64(n)
		}
		if i == s.drop {
			mean[i] = 2
		}
	}
	slices.SortStableFunc(s.layers[l], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
}

// swap lets neighbours change places while that saves crossings.
func (s *scene) swap(segs []segment) {
	for better := true; better; {
		better = false
		for _, l := range s.layers {
			for k := 1; k < len(l); k++ {
				before := s.crossings(segs)
				if l[k] == s.drop {
					continue
				}
				l[k-1], l[k] = l[k], l[k-1]
				if s.crossings(segs) < before {
					better = true
				} else {
					l[k-1], l[k] = l[k], l[k-1]
				}
			}
		}
	}
}

// crossings counts the pairs of segments that cross.
func (s *scene) crossings(segs []segment) (n int) {
	at := s.places()
	for i, a := range segs {
		for _, b := range segs[:i] {
			if s.items[a.above].layer == s.items[b.above].layer && (at[a.above]-at[b.above])*(at[a.below]-at[b.below]) < 0 {
				n++
			}
		}
	}
	return n
}

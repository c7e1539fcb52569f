package tuple

import (
	"cmp"
	"slices"
)

// Lines of equal matches are a group, in order: the first stands in its chain, the others are aside. While the first is there
// they cannot win, so no packet need pass them; when it goes, the next takes its place. (A line that comes before the first of a
// group is in the chain, too, and in no group.)

// lookAhead is how many lines of a chain are searched for an equal one. Low: equal lines behind many others are in the chain;
// high: chains of rules that are all different and cannot be cut take as long to build as they have lines, squared.
const lookAhead = 2 * crowded

// equal is the line of an equal match that stands before the label and has not died, in the table of all bits that the match
// determines; 0 for none.
func (s *Set) equal(m *Match, k *Key, known *mask, label uint64) uint32 {
	n := s.exact(known)
	if n < 0 {
		return 0
	}
	t := &s.tables[n]
	at := t.head(s.tag(t, k))
	for n := 0; at != 0 && n < lookAhead && s.lines[at].label < label; n, at = n+1, s.lines[at].next {
		if l := &s.lines[at]; l.died == immortal && l.dlo == m.dlo && l.slo == m.slo && s.match(at) == *m {
			return at
		}
	}
	return 0
}

// setAside makes a line of a match that an earlier one in a chain equals.
func (s *Set) setAside(m *Match, label uint64, rule, equal uint32) uint32 {
	at := s.fill(m, label, rule)
	if s.notes[equal].group == 0 {
		s.notes[equal].group = s.group(equal)
	}
	n := s.notes[equal].group
	s.notes[at] = note{home: s.notes[equal].home, group: n}
	g := s.groups[n]
	s.groups[n] = slices.Insert(g, s.within(g, label), at)
	return at
}

// group makes a group of one line.
func (s *Set) group(line uint32) uint32 {
	if n := len(s.freeGroups); n > 0 {
		g := s.freeGroups[n-1]
		s.freeGroups = s.freeGroups[:n-1]
		s.groups[g] = []uint32{line}
		return g
	}
	if len(s.groups) == 0 {
		s.groups = make([][]uint32, 1)
	}
	s.groups = append(s.groups, []uint32{line})
	return uint32(len(s.groups) - 1)
}

// within is the place of a label in a group.
func (s *Set) within(g []uint32, label uint64) int {
	if s.lines[g[len(g)-1]].label < label {
		return len(g)
	}
	n, _ := slices.BinarySearchFunc(g, label, func(at uint32, l uint64) int { return cmp.Compare(s.lines[at].label, l) })
	return n
}

// leave takes a line out of its group and reports whether it was aside. Where it was not, the next comes into the chain: readers
// of views that see the other one meet that first.
func (s *Set) leave(number, at uint32) (aside bool) {
	g := s.groups[number]
	n := s.within(g, s.lines[at].label)
	s.notes[at].group = 0
	if n > 0 {
		g = slices.Delete(g, n, n+1)
	} else {
		g = g[1:]
		s.stand(g[0])
	}
	s.groups[number] = g
	if len(g) == 1 {
		s.notes[g[0]].group, s.groups[number] = 0, nil
		s.freeGroups = append(s.freeGroups, number)
	}
	return n > 0
}

// stand puts a line that was aside into its chain.
func (s *Set) stand(at uint32) {
	t := &s.tables[s.notes[at].home]
	t.lines++
	k, _ := s.known(at)
	s.link(t, s.tag(t, &k), at)
}

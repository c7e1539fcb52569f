package tuple

import (
	"math/bits"
	"sync/atomic"
)

// crowded is from how many lines on a chain takes a rule only if nothing else is left: before that the rule is entered in
// parts, whose ports have more bits in common. Low: rules become many lines for nothing; high: longer walks.
const crowded = 16

// maxParts is how many parts a rule gets at most. One range needs 44 at most; low: rules with two ranges stay in crowded chains;
// high: they take that many lines.
const maxParts = 64

// entry is a rule that is more than one line in a chain: parts of it, or a line set aside.
type entry struct {
	match Match
	rule  uint32
	lines []uint32
}

// insertCrowded enters a rule for which there are crowded chains only.
func (s *Set) insertCrowded(m *Match, label uint64, rule uint32) {
	e := &entry{match: *m, rule: rule}
	for todo := []Match{*m}; len(todo) > 0; todo = todo[1:] {
		part := &todo[0]
		k, known := part.known()
		if at := s.equal(part, &k, &known, label); at != 0 {
			e.lines = append(e.lines, s.setAside(part, label, rule, at))
			continue
		}
		n, short := s.choose(&k, &known)
		if short {
			e.lines = append(e.lines, s.add(part, label, rule, n))
			continue
		}
		cut := todo
		if len(e.lines)+len(todo)+3 <= maxParts {
			cut = s.cut(part, todo)
		}
		if len(cut) == len(todo) {
			e.lines = append(e.lines, s.add(part, label, rule, n))
		}
		todo = cut
	}
	if s.entries == nil {
		s.entries = map[uint64]*entry{}
	}
	s.entries[label] = e
}

// cut appends the parts of a match to others: at the next two bits of a range of ports, that of the two which leads to shorter
// chains. It appends none where the ranges are all the ports that have the bits of the mask.
func (s *Set) cut(m *Match, parts []Match) []Match {
	n := len(parts)
	byDport := m.cut(parts, true)
	if m.slo == m.shi || aligned(m.slo, m.shi) {
		return byDport
	}
	bySport := m.cut(parts[:n:n], false)
	if len(byDport) == n || s.crowd(bySport[n:]) < s.crowd(byDport[n:]) {
		return bySport
	}
	return byDport
}

// crowd is how many lines the chains of parts have, of 16 parts.
func (s *Set) crowd(parts []Match) (n int) {
	for i := range parts {
		k, known := parts[i].known()
		at := s.roomiest(&k, &known)
		n += min(s.chain(at, &k), 4*crowded)
	}
	return 16 * n / len(parts)
}

// cut appends the parts of a match at the next two bits that its range does not have in common; none if these are all.
func (m *Match) cut(parts []Match, dport bool) []Match {
	lo, hi := &m.slo, &m.shi
	if dport {
		lo, hi = &m.dlo, &m.dhi
	}
	if aligned(*lo, *hi) {
		return parts
	}
	size := 1 << (openBits(*lo, *hi) - 2)
	for first := int(*lo) &^ (size - 1); first <= int(*hi); first += size {
		part := *m
		a, b := max(*lo, uint16(first)), min(int(*hi), first+size-1)
		if dport {
			part.dlo, part.dhi = a, uint16(b)
		} else {
			part.slo, part.shi = a, uint16(b)
		}
		parts = append(parts, part)
	}
	return parts
}

// openBits is how many low bits of a port a table leaves open for a range: an even number, so that there are fewer kinds of tables.
func openBits(lo, hi uint16) int { return (bits.Len16(lo^hi) + 1) &^ 1 }

// aligned reports whether a range is all ports that agree in the other bits.
func aligned(lo, hi uint16) bool { return int(hi)-int(lo) == 1<<openBits(lo, hi)-1 }

// deleteEntry removes a rule that is in parts or aside.
func (s *Set) deleteEntry(e *entry, label uint64) {
	delete(s.entries, label)
	for _, at := range e.lines {
		s.die(at)
	}
}

// die ends a line's time.
func (s *Set) die(at uint32) {
	atomic.StoreUint32(&s.lines[at].died, s.serial+1)
	s.live--
	if g := s.notes[at].group; g != 0 && s.leave(g, at) {
		s.limbo = append(s.limbo, at)
		return
	}
	s.dying = append(s.dying, at)
}

// whole is the match of the rule that a line is of, and whether the line is the one that stands for it.
func (s *Set) whole(at uint32) (m Match, stands bool) {
	if e := s.entries[s.lines[at].label]; e != nil {
		return e.match, e.lines[0] == at
	}
	return s.match(at), true
}

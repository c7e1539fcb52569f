package tuple

import "slices"

// line is a line to fill, which no reader can reach.
func (s *Set) line() uint32 {
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	if int(s.used) == len(s.lines) {
		s.room(2 * len(s.lines))
	}
	s.used++
	return s.used - 1
}

// room makes room for n lines. Older views keep the lines and slots that they have, and nothing changes in these any more.
func (s *Set) room(n int) {
	lines := make([]line, n)
	copy(lines, s.lines)
	s.lines = lines
	if s.ip6 {
		w := make([]wide, n)
		copy(w, s.wide)
		s.wide = w
	}
	s.notes = append(s.notes, make([]note, n-len(s.notes))...)
	for i := range s.tables {
		s.tables[i].buckets = slices.Clone(s.tables[i].buckets)
	}
}

// sparse is how many lines a set has for each live one at most. Low: sets move for nothing while rules come and go; high: it holds
// memory that no rule needs.
const sparse = 32

// compact moves the rules to arrays of the size that they need, where only few are left of many. Older views keep theirs, in
// which nothing changes any more. What it takes grows with the lines there were: 2 ms for 131,072.
func (s *Set) compact() {
	if s.used <= 16*few || s.rules > few && int(s.used) <= sparse*s.live {
		return
	}
	old := *s
	*s = Set{ip6: old.ip6, seed: old.seed, serial: old.serial, used: 1, prune: newPrune(old.live, nil)}
	s.room(max(minLines, old.live+1))
	for at := uint32(1); at < old.used; at++ {
		if l := &old.lines[at]; l.died == immortal {
			if m, stands := old.whole(at); stands {
				s.Insert(&m, l.label, l.rule)
			}
		}
	}
}

// renew makes the pruning by addresses anew, for about so many lines.
func (s *Set) renew(lines int) {
	p := newPrune(lines, s.prune)
	for i := range s.tables {
		each(s.tables[i].buckets, func(w uint64) {
			for at := uint32(w); at != 0; at = s.lines[at].next {
				s.enterAddrs(p, at, i)
			}
		})
	}
	s.prune = p
}

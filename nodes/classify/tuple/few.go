package tuple

import (
	"cmp"
	"slices"
)

// few is up to how many rules a view compares one by one: 2 ns each, where the tables cost 14 and more. Low: a handful of
// rules costs a new session as much as a hundred; high: the tables would have been faster.
const few = 4

// listed are the rules of a view that has so few, in order: copies, which nobody changes.
type listed struct {
	n     int
	lines [few]line
	wide  [few]wide // IPv6
}

// list makes the list of a view of the set as it is now, or nil where there are too many.
func (s *Set) list() *listed {
	if s.rules > few { // with fewer there are few lines, too: compact
		return nil
	}
	var at []uint32
	for i := uint32(1); i < s.used; i++ {
		if s.lines[i].seen(s.serial) {
			if _, stands := s.whole(i); stands {
				at = append(at, i)
			}
		}
	}
	slices.SortFunc(at, func(a, b uint32) int { return cmp.Compare(s.lines[a].label, s.lines[b].label) })
	l := &listed{n: len(at)}
	for i, a := range at {
		m, _ := s.whole(a)
		l.lines[i].set(&m, 0, s.lines[a].rule, 0)
		if s.ip6 {
			l.wide[i] = s.wide[a]
		}
	}
	return l
}

// findAll is View.FindAll.
//
//go:noinline
func (l *listed) findAll(keys []Key, out []uint32, ip6 bool) {
	lines, wide := l.lines[:l.n&(2*few-1)], &l.wide
	out = out[:len(keys)]
	for i := range keys {
		k, rule := &keys[i], None
		for j := range lines {
			if lines[j].matches(k.Addr[0], k.Rest) && (!ip6 || wide[j&(few-1)].matches(&k.Addr)) {
				rule = lines[j].rule
				break
			}
		}
		out[i] = rule
	}
}

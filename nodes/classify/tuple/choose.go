package tuple

import (
	"math/bits"
	"slices"
)

// maxChain is how many lines a chain gets while another table would take the next one. More: longer walks; fewer: more
// tables to ask.
const maxChain = 4

// levels of masks for a new table, from relaxed to exact.
const levels = 3

// choose is the table for a rule whose packets have the bits of k under known in common: that with the narrowest mask whose
// chain is short, else a new one, else that with the shortest chain. Where this is crowded it is the table of all bits of the
// rule, if there is one, and not short.
func (s *Set) choose(k *Key, known *mask) (number int, short bool) {
	best, size := -1, -1
	for i := range s.tables {
		t := &s.tables[i]
		if t.size > size && t.within(known) && s.chain(i, k) < maxChain {
			best, size = i, t.size
		}
	}
	if best >= 0 {
		return best, true
	}
	for level := range levels {
		m := s.relax(known, level)
		if s.exact(&m) < 0 {
			if n := s.table(&m); n >= 0 {
				return n, true
			}
		}
	}
	if best = s.roomiest(k, known); s.chain(best, k) < crowded {
		return best, true
	}
	if n := s.exact(known); n >= 0 {
		return n, false
	}
	return best, false
}

// exact is the table of a mask, or -1.
func (s *Set) exact(m *mask) int {
	for i := range s.tables {
		if s.tables[i].mask == *m {
			return i
		}
	}
	return -1
}

// roomiest is the table with the shortest chain for a rule. There is one that takes every rule when all are in use.
func (s *Set) roomiest(k *Key, known *mask) int {
	best, length := -1, int(^uint(0)>>1)
	for i := range s.tables {
		if t := &s.tables[i]; t.within(known) {
			if n := s.chain(i, k); n < length {
				best, length = i, n
			}
		}
	}
	return best
}

// chain is how many lines the rule's chain in a table has.
func (s *Set) chain(i int, k *Key) int {
	t := &s.tables[i]
	if at := t.head(s.tag(t, k)); at != 0 {
		return int(s.notes[at].chain)
	}
	return 0
}

// table makes a table, or takes an empty one; -1 where there can be none. The last one looks at nothing, so that it takes
// every rule.
func (s *Set) table(m *mask) int {
	n := slices.IndexFunc(s.tables, func(t table) bool { return t.lines == 0 })
	if n < 0 {
		if n = len(s.tables); n == maxTables {
			return -1
		}
		s.tables = append(s.tables, table{})
	}
	if n == maxTables-1 {
		m = &mask{}
	}
	s.tables[n] = table{mask: *m, first: noLabel, shift: minShift, size: m.bits()}
	return n
}

// relax is the mask of a new table for a rule. Level 0 rounds prefixes down by up to a byte, and looks at protocol and single
// ports only where the addresses tell little; level 1 rounds less; level 2 takes all that the rule determines.
func (s *Set) relax(known *mask, level int) mask {
	if level == levels-1 {
		return *known
	}
	m, step := *known, 8>>level
	if s.ip6 {
		step *= 2
	}
	src, dst := 0, 0
	if s.ip6 {
		src, m.addr[0], m.addr[1] = round128(m.addr[0], m.addr[1], step)
		dst, m.addr[2], m.addr[3] = round128(m.addr[2], m.addr[3], step)
	} else {
		var a, b uint64
		src, a = round32(m.addr[0]>>32, step)
		dst, b = round32(m.addr[0]&0xffffffff, step)
		m.addr[0] = a<<32 | b
	}
	if level == 0 && src+dst >= 16 {
		m.rest = 0
		return m
	}
	for _, shift := range []int{0, sportShift} {
		if m.rest>>shift&0xffff != 0xffff {
			m.rest &^= 0xffff << shift
		}
	}
	return m
}

func round32(m uint64, step int) (int, uint64) {
	n := bits.OnesCount64(m) / step * step
	return n, mask32(uint8(n))
}

func round128(hi, lo uint64, step int) (n int, maskHi, maskLo uint64) {
	n = (bits.OnesCount64(hi) + bits.OnesCount64(lo)) / step * step
	maskHi, maskLo = mask128(uint8(n))
	return n, maskHi, maskLo
}

package tuple

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// View is a state of a set: what has been committed, and nothing later. Any number of goroutines may use it, until the set
// reclaims with a later view about.
type View struct {
	few    *listed // nil where there are more than a few rules; else nothing else is asked
	tables []table
	known  uint64 // a bit for each of tables: the pruning may know newer ones
	lines  []line
	wide   []wide
	prune  *prune
	seed   [4]uint64
	serial uint32
	ip6    bool
}

// Commit makes a view of all changes so far. What it takes of time and memory depends on the number of tables only, except
// where few rules are left of many: then the memory of the others is given up.
func (s *Set) Commit() *View {
	s.compact()
	s.dirty = false
	s.serial++
	return &View{few: s.list(), tables: slices.Clone(s.tables), known: 1<<len(s.tables) - 1,
		lines: s.lines, wide: s.wide, prune: s.prune, seed: s.seed, serial: s.serial, ip6: s.ip6}
}

// Worn reports whether the set has nearly no serial numbers left and should be built anew: after four thousand million
// commits.
func (s *Set) Worn() bool { return s.serial >= 1<<32-2 }

// Find is the first rule that matches, or None. For more than one packet FindAll is faster.
func (v *View) Find(k *Key) uint32 {
	if v.few != nil {
		var out [1]uint32
		v.few.findAll([]Key{*k}, out[:], v.ip6)
		return out[0]
	}
	best, rule := noLabel, None
	for c := v.candidates(k); c != 0; c &= c - 1 {
		t := &v.tables[bits.TrailingZeros64(c)]
		if t.first >= best {
			continue
		}
		if at := v.walk(t.head(v.tag(t, k)), k, best); at != 0 {
			best, rule = v.lines[at].label, v.lines[at].rule
		}
	}
	return rule
}

func (v *View) tag(t *table, k *Key) uint32 {
	if v.ip6 {
		return t.tag6(k, &v.seed)
	}
	return t.tag4(k.Addr[0], k.Rest, &v.seed)
}

// walk is the first line of a chain, from line at on, that matches and stands before the label best; 0 for none.
func (v *View) walk(at uint32, k *Key, best uint64) uint32 {
	lines := v.lines
	for at != 0 {
		l := &lines[at]
		if l.label >= best {
			return 0
		}
		if l.matches(k.Addr[0], k.Rest) && l.seen(v.serial) && (!v.ip6 || v.wide[at].matches(&k.Addr)) {
			return at
		}
		at = atomic.LoadUint32(&l.next)
	}
	return 0
}

// candidates is the tables that may have a rule for the packet, a bit each.
func (v *View) candidates(k *Key) uint64 {
	var c [1]uint64
	v.pruneAddrs([]Key{*k}, c[:])
	v.prunePorts([]Key{*k}, c[:])
	return c[0]
}

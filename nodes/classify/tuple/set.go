package tuple

import "sync/atomic"

// Set is rules of one family in order, owned by control: one goroutine at a time changes it. Readers use its views.
type Set struct {
	ip6        bool
	seed       [4]uint64 // of the hash
	serial     uint32    // of the last view
	lines      []line    // all that there is room for; [0] is never used
	wide       []wide    // IPv6: beside lines
	notes      []note    // beside lines: control's
	used       uint32    // lines handed out so far, [0] included
	free       []uint32  // lines that no reader can reach
	dying      []uint32  // lines that have died, in their chains yet
	limbo      []uint32  // lines taken out of their chains; a reader may stand on one
	rules      int       // that there are
	live       int       // lines that have not died
	dirty      bool      // there are changes that no view has yet
	tables     []table   // by number: the bit in a pruning word
	prune      *prune
	long       map[uint64]tail   // by chainOf: the ends of chains that are long
	entries    map[uint64]*entry // by label: rules that are in parts or aside
	groups     [][]uint32        // equal lines, by number; [0] is never used
	freeGroups []uint32          // numbers of none
}

// minLines is the room of a new set.
const minLines = 16

// New makes an empty set for IPv4 or IPv6. seed makes the hash's outcomes unknown to who sends packets.
func New(ip6 bool, seed uint64) *Set {
	s := &Set{ip6: ip6, used: 1, prune: newPrune(0, nil)}
	for i := range s.seed {
		seed += 0x9e3779b97f4a7c15
		s.seed[i] = mix(seed^0xbf58476d1ce4e5b9, 0x94d049bb133111eb)
	}
	s.room(minLines)
	return s
}

// Build makes a set of rules that are called by their index, which is their place in the order, too.
func Build(ip6 bool, seed uint64, rules []Match) *Set {
	s := New(ip6, seed)
	s.Reserve(len(rules))
	for i := range rules {
		s.Insert(&rules[i], uint64(i+1)<<32, uint32(i))
	}
	return s
}

// Len is how many rules there are.
func (s *Set) Len() int { return s.rules }

// Reserve makes room for so many more rules at once.
func (s *Set) Reserve(rules int) {
	if need := s.live + rules + len(s.dying) + len(s.limbo) + 1; need > len(s.lines) {
		s.room(need)
	}
	if !s.prune.fits(s.live + rules) {
		s.renew(s.live + rules)
	}
}

// Insert adds a rule at its place in the order, which no other rule has. The next view sees it.
func (s *Set) Insert(m *Match, label uint64, rule uint32) {
	s.rules++
	s.dirty = true
	k, known := m.known()
	if n, short := s.choose(&k, &known); short {
		s.add(m, label, rule, n)
		return
	}
	s.insertCrowded(m, label, rule)
}

// fill makes a line that is in no chain.
func (s *Set) fill(m *Match, label uint64, rule uint32) uint32 {
	at := s.line()
	s.lines[at].set(m, label, rule, s.serial+1)
	if s.ip6 {
		s.wide[at] = wide{m.addr, m.addrMask}
	}
	s.live++
	return at
}

// add makes a line in table n.
func (s *Set) add(m *Match, label uint64, rule uint32, n int) uint32 {
	at := s.fill(m, label, rule)
	t := &s.tables[n]
	s.notes[at] = note{home: uint8(n)}
	t.lines++
	t.first = min(t.first, label)
	if !s.prune.fits(s.live) {
		s.renew(4 * s.live)
	}
	s.enter(at, n)
	k, _ := m.known()
	s.link(t, s.tag(t, &k), at)
	return at
}

// Delete removes a rule that Insert was given, and reports whether it was there. The next view does not see it.
func (s *Set) Delete(m *Match, label uint64, rule uint32) bool {
	if e := s.entries[label]; e != nil && e.rule == rule {
		s.deleteEntry(e, label)
	} else if at := s.find(m, label, rule); at != 0 {
		s.die(at)
	} else {
		return false
	}
	s.rules--
	s.dirty = true
	return true
}

// find is the line of a rule, or 0.
func (s *Set) find(m *Match, label uint64, rule uint32) uint32 {
	k, known := m.known()
	for i := range s.tables {
		t := &s.tables[i]
		if t.first > label || !t.within(&known) {
			continue
		}
		for at := t.head(s.tag(t, &k)); at != 0; at = s.lines[at].next {
			if l := &s.lines[at]; l.label == label && l.rule == rule && l.died == immortal {
				return at
			}
		}
	}
	return 0
}

// link puts a line into its chain, behind those with lower labels. Readers of older views pass over it.
func (s *Set) link(t *table, tag, at uint32) {
	l, before, n := &s.lines[at], uint32(0), 0
	head := t.head(tag)
	next, chain := head, chainOf(int(s.notes[at].home), tag)
	if end, long := s.long[chain]; long && s.lines[end.last].label < l.label {
		before, next = end.last, 0
	}
	for ; next != 0 && s.lines[next].label < l.label; n++ {
		before, next = next, s.lines[next].next
	}
	s.linked(chain, at, n, next == 0)
	atomic.StoreUint32(&l.next, next)
	if before == 0 {
		t.setHead(tag, at)
		s.notes[at].chain = 1
		if head != 0 {
			s.notes[at].chain += s.notes[head].chain
		}
	} else {
		atomic.StoreUint32(&s.lines[before].next, at)
		s.notes[head].chain++
	}
}

// unlink takes a line out of its chain; a reader that stands on it goes on from there.
func (s *Set) unlink(at uint32) {
	t, l := &s.tables[s.notes[at].home], &s.lines[at]
	k, _ := s.known(at)
	tag := s.tag(t, &k)
	head := t.head(tag)
	before, next := uint32(0), head
	for next != at {
		before, next = next, s.lines[next].next
	}
	s.unlinked(chainOf(int(s.notes[at].home), tag), at, before)
	if before == 0 {
		t.setHead(tag, l.next)
		s.notes[l.next].chain = s.notes[at].chain - 1
	} else {
		atomic.StoreUint32(&s.lines[before].next, l.next)
		s.notes[head].chain--
	}
	t.lines--
	s.prune.stale++
}

// Reclaim takes what has died out of the chains. The caller promises that no reader uses a view older than the last one, and
// that none is still at a lookup that it began before the last call; it may leave out calls. With changes that no view
// has yet it does nothing: the last view may have slots that the set has moved away from, and these would not be told.
func (s *Set) Reclaim() {
	if s.dirty {
		return
	}
	s.free = append(s.free, s.limbo...)
	s.limbo = s.limbo[:0]
	for _, at := range s.dying {
		s.unlink(at)
		s.limbo = append(s.limbo, at)
	}
	s.dying = s.dying[:0]
	if s.prune.stale > 1024+s.live {
		s.renew(s.live)
	}
}

func (s *Set) tag(t *table, k *Key) uint32 {
	if s.ip6 {
		return t.tag6(k, &s.seed)
	}
	return t.tag4(k.Addr[0], k.Rest, &s.seed)
}

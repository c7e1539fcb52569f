package tuplemerge

import (
	"math/bits"
	"slices"
)

// splitAbove is how many rules an entry holds before they get a table of their own: the TupleMerge paper's number. VPP's 39
// took about as long on ClassBench's acl1 and fw1 sets, more by half on ipc1, in one run on a busy machine.
const splitAbove = 10

// New compiles rules; the position of a rule is its priority.
func New(rules []Rule) *Classifier {
	c := &Classifier{}
	masks := make([]mask, len(rules))
	for i := range rules {
		masks[i] = rules[i].mask()
		c.add(rules, masks, uint32(i))
	}
	c.sort()
	return c
}

func prefixMask(n uint8) uint64 { return uint64(^uint32(0)) << (32 - n) & 0xffffffff }

// portMask is the bits that all ports of a range have in common.
func portMask(lo, hi uint16) uint64 { return uint64(uint16(0xffff) << bits.Len16(lo^hi)) }

// mask is the bits that the rule determines.
func (r *Rule) mask() mask {
	m := mask{addr: prefixMask(r.SrcBits)<<32 | prefixMask(r.DstBits)}
	if r.Proto >= 0 {
		m.rest = 0xff << 32
	}
	if r.Ports {
		m.rest |= portMask(r.SportLo, r.SportHi)<<16 | portMask(r.DportLo, r.DportHi)
	}
	return m
}

// relaxed is the tuple of a new table for the rule: some bits fewer of each prefix, and no ports where the addresses tell
// enough.
func (r *Rule) relaxed() mask {
	m := r.mask()
	src, dst := relax(r.SrcBits), relax(r.DstBits)
	m.addr = prefixMask(src)<<32 | prefixMask(dst)
	if src+dst >= 16 {
		m.rest &= 0xff << 32
		return m
	}
	for _, shift := range []int{0, 16} { // single ports only
		if m.rest>>shift&0xffff != 0xffff {
			m.rest &^= 0xffff << shift
		}
	}
	return m
}

// relax rounds a prefix length down to a multiple of 4.
func relax(n uint8) uint8 { return n &^ 3 }

func (r *Rule) packed(pos uint32) packed {
	k := Key{Src: r.Src, Dst: r.Dst, Proto: uint8(max(0, r.Proto)), Flags: r.FlagsValue, Ports: r.Ports}
	p := packed{pos: pos, shi: 0xffff, dhi: 0xffff}
	p.addr, p.rest = k.words()
	p.addrMask = prefixMask(r.SrcBits)<<32 | prefixMask(r.DstBits)
	p.restMask = uint64(r.FlagsMask) << 40
	if r.Proto >= 0 {
		p.restMask |= 0xff << 32
	}
	if r.Ports {
		p.restMask |= hasPorts
		p.slo, p.shi, p.dlo, p.dhi = r.SportLo, r.SportHi, r.DportLo, r.DportHi
	}
	return p
}

// key is the rule's header bits as a table sees them.
func (r *Rule) key(m mask) (addr, rest uint64) {
	k := Key{Src: r.Src, Dst: r.Dst, Proto: uint8(max(0, r.Proto)), Sport: r.SportLo, Dport: r.DportLo}
	addr, rest = k.words()
	return addr & m.addr, rest & m.rest
}

// add puts a rule into the table with the narrowest tuple that takes it, or a new one.
func (c *Classifier) add(rules []Rule, masks []mask, pos uint32) {
	r, best := &rules[pos], -1
	for i := range c.tables {
		if c.tables[i].within(masks[pos]) && (best < 0 || c.tables[i].size() > c.tables[best].size()) {
			best = i
		}
	}
	if best < 0 {
		best = c.table(r.relaxed())
	}
	if e := c.tables[best].put(r, pos); len(e.rules) > splitAbove {
		c.split(rules, masks, best, e)
	}
}

// table is the index of a new table.
func (c *Classifier) table(m mask) int {
	c.tables = append(c.tables, table{mask: m, first: ^uint32(0), entries: make([]entry, 16)})
	return len(c.tables) - 1
}

// split moves the rules of a full entry to a table whose tuple is what all of them determine, if that tells more.
func (c *Classifier) split(rules []Rule, masks []mask, from int, e *entry) {
	m := mask{^uint64(0), ^uint64(0)}
	for _, p := range e.rules {
		m = mask{m.addr & masks[p.pos].addr, m.rest & masks[p.pos].rest}
	}
	if m == c.tables[from].mask {
		return
	}
	to := slices.IndexFunc(c.tables, func(t table) bool { return t.mask == m })
	if to < 0 {
		to = c.table(m)
	}
	moved := e.rules
	c.tables[from].drop(e)
	for _, p := range moved {
		c.tables[to].put(&rules[p.pos], p.pos)
	}
}

// put adds a rule to the table and returns its entry.
func (t *table) put(r *Rule, pos uint32) *entry {
	if 2*t.used >= len(t.entries) {
		t.rehash(2 * len(t.entries))
	}
	addr, rest := r.key(t.mask)
	e := t.find(addr, rest)
	if e == nil {
		e = t.free(addr, rest)
		t.used++
	}
	at, _ := slices.BinarySearchFunc(e.rules, pos, func(p packed, pos uint32) int { return int(p.pos) - int(pos) })
	e.rules = slices.Insert(e.rules, at, r.packed(pos))
	t.first = min(t.first, e.rules[0].pos)
	return e
}

// free is the empty entry for a key that has none.
func (t *table) free(addr, rest uint64) *entry {
	for i := hash(addr, rest); ; i++ {
		if e := &t.entries[i&uint64(len(t.entries)-1)]; len(e.rules) == 0 {
			e.addr, e.rest = addr, rest
			return e
		}
	}
}

// drop removes an entry.
func (t *table) drop(e *entry) {
	e.rules = nil
	t.rehash(len(t.entries))
}

func (t *table) rehash(n int) {
	old := t.entries
	t.entries, t.used, t.first = make([]entry, n), 0, ^uint32(0)
	for _, e := range old {
		if len(e.rules) > 0 {
			t.free(e.addr, e.rest).rules = e.rules
			t.used++
			t.first = min(t.first, e.rules[0].pos)
		}
	}
}

package fib

import "slices"

// ply is 256 places of a table of IPv4 as workers search it, a byte of the address at a time: in each a leaf, or that there is a ply
// behind it. A leaf has been pushed down from whatever prefix covers its place, so that a search ends where it finds one: in the
// first ply for a default route, in the third for a /24. It is immutable once published; changes copy what they touch.
type ply struct {
	kids   []*ply // by the number in a place; nil where one was taken away
	batch  uint64 // of changes in which it was made
	longer uint16 // places with a ply, or with a prefix that is longer than what leads to this one: with none it is not needed
	at     [256]uint32
}

// What is in a place: a forward and the length of the prefix that it is of, or hasPly and which of the kids.
const (
	hasPly      = 1 << 31
	lengthShift = 24
	forwardMask = MaxForwards - 1
)

// Tree is a table of IPv4 as of a snapshot.
type Tree struct{ top *ply }

// Lookup is the forward for an address, in host byte order.
func (t Tree) Lookup(dst uint32) uint32 {
	p := t.top
	for {
		e := p.at[dst>>24]
		if e&hasPly == 0 {
			return e & forwardMask
		}
		p, dst = p.kids[e&(1<<8-1)], dst<<8
	}
}

// plies is a table's, for control.
type plies struct {
	top   *ply
	batch uint64
}

// publish is the end of a batch: workers see its plies.
func (t *plies) publish() Tree {
	if t.top == nil {
		t.top = &ply{}
	}
	t.batch++
	return Tree{t.top}
}

// put makes a forward that of a prefix.
func (t *plies) put(addr uint32, bits int, forward uint32) {
	t.change(addr, bits, leaf(forward, bits), func(have int) bool { return have <= bits })
}

// remove takes a prefix away: its places are those of the prefix that covers it.
func (t *plies) remove(addr uint32, bits int, forward uint32, cover int) {
	t.change(addr, bits, leaf(forward, cover), func(have int) bool { return have == bits })
}

func leaf(forward uint32, bits int) uint32 { return forward | uint32(bits)<<lengthShift }

// change puts a leaf into those places of a prefix whose own prefix's length says so.
func (t *plies) change(addr uint32, bits int, to uint32, which func(bits int) bool) {
	if t.top == nil {
		t.top = &ply{batch: t.batch}
	}
	c := change{t, addr, bits, to, which}
	t.top = c.down(t.top, 0)
}

type change struct {
	*plies
	addr  uint32
	bits  int
	to    uint32
	which func(bits int) bool
}

// down makes the change in a ply that depth bits of the address lead to, and returns the ply as it is then.
func (c *change) down(p *ply, depth int) *ply {
	first, n := int(c.addr<<depth>>24), 1
	if c.bits > depth+8 {
		p = c.mine(p)
		e := p.at[first]
		if e&hasPly == 0 {
			kid := &ply{batch: c.batch}
			for i := range kid.at {
				kid.at[i] = e
			}
			e = p.hang(kid)
		}
		p.set(first, depth, c.keep(p, e, c.down(p.kids[e&0xff], depth+8), depth+8))
		return p
	}
	n = 1 << (depth + 8 - c.bits)
	return c.cover(p, first, n, depth)
}

// cover makes the change in n places of a ply and in all behind them. It copies the ply where there is something to change.
func (c *change) cover(p *ply, first, n, depth int) *ply {
	for i := first; i < first+n; i++ {
		e := p.at[i]
		if e&hasPly == 0 {
			if c.which(int(e>>lengthShift)) && e != c.to {
				p = c.mine(p)
				p.set(i, depth, c.to)
			}
			continue
		}
		old := p.kids[e&0xff]
		if kid := c.cover(old, 0, 256, depth+8); kid != old || kid.longer == 0 {
			p = c.mine(p)
			p.set(i, depth, c.keep(p, e, kid, depth+8))
		}
	}
	return p
}

// keep is what a place has whose ply is now kid: that, or its leaf where all are the same.
func (c *change) keep(p *ply, e uint32, kid *ply, depth int) uint32 {
	if kid.longer > 0 {
		p.kids[e&0xff] = kid
		return e
	}
	p.kids[e&0xff] = nil
	return kid.at[0]
}

// mine is a ply that this batch may change.
func (t *plies) mine(p *ply) *ply {
	if p.batch == t.batch {
		return p
	}
	q := *p
	q.kids, q.batch = slices.Clone(p.kids), t.batch
	return &q
}

// hang makes a ply one of another's, and returns what its place is to have.
func (p *ply) hang(kid *ply) uint32 {
	n := slices.Index(p.kids, nil)
	if n < 0 {
		n = len(p.kids)
		p.kids = append(p.kids, nil)
	}
	p.kids[n] = kid
	return hasPly | uint32(n)
}

// set changes a place of a ply that depth bits lead to.
func (p *ply) set(i, depth int, e uint32) {
	longer := func(e uint32) uint16 {
		if e&hasPly != 0 || int(e>>lengthShift) > depth {
			return 1
		}
		return 0
	}
	p.longer += longer(e) - longer(p.at[i])
	p.at[i] = e
}

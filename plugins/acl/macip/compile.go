package macip

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
)

// compiled is a list as workers see it. It does not change but for the counts.
type compiled struct {
	List
	in, out []group // in the order in which they are asked; out: those with rules that permit both ways
	hits    []atomic.Uint64
	seed    uint64
}

// group is the rules of one mask, prefix length and family.
type group struct {
	shape
	mask  key
	slots []slot // open-addressed, a power of two of them; at least one is empty
}

// shape is what a group's rules have in common.
type shape struct {
	mac  [6]byte
	bits int
	is6  bool
}

// key is an Ethernet and an IP address: 48 bits, and 128 or the lower 32.
type key struct{ mac, hi, lo uint64 }

// slot is a rule in a group's table; rule is its number plus one, 0 where there is none.
type slot struct {
	key
	rule uint32
	deny bool
}

func (k key) and(m key) key { return key{k.mac & m.mac, k.hi & m.hi, k.lo & m.lo} }

// hash mixes a key.
func (k key) hash(seed uint64) uint64 {
	hi, lo := bits.Mul64(seed^k.mac^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	hi, lo = bits.Mul64(hi^lo^k.hi^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	hi, lo = bits.Mul64(hi^lo^k.lo^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// mac is an Ethernet address as a number.
func mac(b []byte) uint64 {
	_ = b[5]
	return uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
}

func (r *Rule) shape() shape { return shape{r.Mask, r.Src.Bits(), !r.Src.Addr().Is4()} }

// key is a rule's addresses, not masked.
func (r *Rule) key() key {
	k := key{mac: mac(r.MAC[:])}
	if a := r.Src.Addr(); a.Is4() {
		b := a.As4()
		k.lo = uint64(binary.BigEndian.Uint32(b[:]))
	} else {
		b := a.As16()
		k.hi, k.lo = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	}
	return k
}

// mask has the bits that a group compares.
func (s shape) mask() key {
	k := key{mac: mac(s.mac[:])}
	if !s.is6 {
		k.lo = uint64(^uint32(0) << (32 - s.bits))
		return k
	}
	k.hi = ^uint64(0) << max(0, 64-s.bits) // Go shifts by 64 and more to 0
	k.lo = ^uint64(0) << min(64, 128-s.bits)
	return k
}

// weight is VPP's measure of a group: the more bits and the more rules, the earlier it is asked.
func (s shape) weight(rules int) int {
	w := s.bits + bits.OnesCount64(mac(s.mac[:])) + 10*rules
	if s.is6 {
		w++
	}
	return w
}

// compile makes a list ready for workers.
func compile(l List, seed uint64) (*compiled, error) {
	c := &compiled{List: l, hits: make([]atomic.Uint64, len(l.Rules)), seed: seed}
	counts := map[shape]int{}
	both := map[shape]bool{}
	var shapes []shape
	for i := range l.Rules {
		s := l.Rules[i].shape()
		if counts[s]++; counts[s] == 1 {
			shapes = append(shapes, s)
		}
		both[s] = both[s] || l.Rules[i].Action == Both
	}
	if len(shapes) > maxGroups {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("macip: rules of %d different masks and prefix lengths: at most %d, for each is a look for every packet", len(shapes), maxGroups))
	}
	slices.SortStableFunc(shapes, func(a, b shape) int { return b.weight(counts[b]) - a.weight(counts[a]) })
	for _, s := range shapes {
		c.in = append(c.in, c.group(s, counts[s], false))
		if both[s] {
			c.out = append(c.out, c.group(s, counts[s], true))
		}
	}
	return c, nil
}

// group makes the table of one shape; only those that permit both ways are in it if both is set.
func (c *compiled) group(s shape, rules int, both bool) group {
	g := group{shape: s, mask: s.mask(), slots: make([]slot, 1<<bits.Len(uint(2*rules)))}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.shape() != s || both && r.Action != Both {
			continue
		}
		k := r.key().and(g.mask)
		at := k.hash(c.seed)
		for ; ; at++ {
			if e := &g.slots[at&uint64(len(g.slots)-1)]; e.rule == 0 || e.key == k {
				*e = slot{k, uint32(i) + 1, r.Action == Deny}
				break
			}
		}
	}
	return g
}

// find is the rule that a key matches, nil for none. k is masked.
func (g *group) find(k key, hash uint64) *slot {
	slots := g.slots
	for at := hash; len(slots) != 0; at++ {
		e := &slots[at&uint64(len(slots)-1)]
		if e.rule == 0 {
			return nil
		}
		if e.key == k {
			return e
		}
	}
	return nil
}

// Package tuplemerge is a baseline for the benches: the TupleMerge classifier (Daly and Torng, 2019) as a software router
// runs it, one packet at a time. The product does not use it.
//
// Terms: a tuple is which bits of the header a table looks at; a table is a hash over those bits, whose entries hold the
// rules that agree in them, in order. A rule stands in one table, whose tuple asks for no bit that the rule leaves open. New
// tables get a relaxed tuple, so that rules with slightly different prefixes share one; where too many rules fall into one
// entry, those get a table with a narrower tuple. A lookup asks the tables in the order of their first rule, and stops when
// no later table can do better.
//
//	header ─ mask, hash ─> table 0 ─ entry ─ rules in order
//	       ─ mask, hash ─> table 1 ─ …
//
// Invariant: Find is the first rule that matches. IPv4 only; nothing can be added after New.
package tuplemerge

import (
	"math/bits"
	"slices"
)

// Rule is a match. All numbers are in host byte order; ranges include both ends.
type Rule struct {
	Src, Dst                           uint32
	SrcBits, DstBits                   uint8 // prefix lengths, 0 to 32
	SportLo, SportHi, DportLo, DportHi uint16
	Proto                              int   // -1: any
	Ports                              bool  // the rule looks at ports: packets without any do not match
	FlagsValue, FlagsMask              uint8 // TCP flags & FlagsMask == FlagsValue
}

// Key is what a rule looks at of a packet.
type Key struct {
	Src, Dst     uint32
	Sport, Dport uint16
	Proto        uint8
	Flags        uint8
	Ports        bool // the packet has ports; else Sport and Dport are 0
}

// Classifier is a compiled list of rules. Any number of goroutines may use it.
type Classifier struct {
	tables []table // by first rule
}

// mask is a tuple: the bits of a header that a table looks at.
type mask struct {
	addr uint64 // source << 32 | destination
	rest uint64 // protocol << 32 | source port << 16 | destination port
}

// within reports whether a rule with mask r can stand in a table with mask m.
func (m mask) within(r mask) bool { return m.addr&^r.addr == 0 && m.rest&^r.rest == 0 }

func (m mask) size() int { return bits.OnesCount64(m.addr) + bits.OnesCount64(m.rest) }

// packed is a rule, ready to compare.
type packed struct {
	addr, addrMask     uint64
	rest, restMask     uint64 // flags << 40 | protocol << 32; ports are ranges; bit 48: has ports
	slo, shi, dlo, dhi uint16
	pos                uint32
}

type entry struct {
	addr, rest uint64
	rules      []packed // in order; empty: a free entry
}

type table struct {
	mask
	first   uint32 // the first rule's position
	entries []entry
	used    int
}

const hasPorts = 1 << 48

func (k *Key) words() (addr, rest uint64) {
	rest = uint64(k.Flags)<<40 | uint64(k.Proto)<<32 | uint64(k.Sport)<<16 | uint64(k.Dport)
	if k.Ports {
		rest |= hasPorts
	}
	return uint64(k.Src)<<32 | uint64(k.Dst), rest
}

// Find is the position of the first rule that matches, or -1.
func (c *Classifier) Find(k *Key) int {
	addr, rest := k.words()
	best := ^uint32(0)
	for i := range c.tables {
		t := &c.tables[i]
		if t.first >= best {
			break
		}
		if e := t.find(addr&t.addr, rest&t.rest); e != nil {
			best = e.match(addr, rest, best)
		}
	}
	return int(int32(best))
}

func (t *table) find(addr, rest uint64) *entry {
	for i := hash(addr, rest); ; i++ {
		e := &t.entries[i&uint64(len(t.entries)-1)]
		if len(e.rules) == 0 {
			return nil
		}
		if e.addr == addr && e.rest == rest {
			return e
		}
	}
}

func (e *entry) match(addr, rest uint64, best uint32) uint32 {
	sport, dport := uint16(rest>>16), uint16(rest)
	for i := range e.rules {
		r := &e.rules[i]
		if r.pos >= best {
			break
		}
		if (addr^r.addr)&r.addrMask == 0 && (rest^r.rest)&r.restMask == 0 &&
			sport >= r.slo && sport <= r.shi && dport >= r.dlo && dport <= r.dhi {
			return r.pos
		}
	}
	return best
}

func hash(addr, rest uint64) uint64 {
	hi, lo := bits.Mul64(addr^0x9e3779b97f4a7c15, rest^0xbf58476d1ce4e5b9)
	return hi ^ lo
}

// sorted puts the tables in the order in which a lookup asks them.
func (c *Classifier) sort() {
	slices.SortFunc(c.tables, func(a, b table) int { return int(a.first) - int(b.first) })
}

// Tables is how many tables there are.
func (c *Classifier) Tables() int { return len(c.tables) }

package classify

import (
	"math/bits"
)

// isExact reports whether the rule names one 5-tuple and nothing else: such rules are found by hash.
func (r *Rule) isExact() bool {
	return r.Src.IsValid() && r.Dst.IsValid() && r.Src.IsSingleIP() && r.Dst.IsSingleIP() &&
		r.SPort.Set && r.SPort.Lo == r.SPort.Hi && r.DPort.Set && r.DPort.Lo == r.DPort.Hi &&
		r.Proto >= 0 && !r.FlagsSet && r.ICMPType < 0
}

// exactTable finds the first of a point's exact rules for a packet: open addressing, at most half full, immutable. An
// empty table finds nothing.
type exactTable struct {
	rules []compiled
	slots []uint32 // position, or noRule; a power of two of them
	seed  uint64
}

// newExactTable builds the table of the rules at the given positions, which rise. Of equal rules the first one wins.
func newExactTable(rules []compiled, positions []uint32, seed uint64) exactTable {
	t := exactTable{rules: rules, seed: seed}
	if len(positions) == 0 {
		return t
	}
	t.slots = make([]uint32, 2<<bits.Len(uint(len(positions))))
	for i := range t.slots {
		t.slots[i] = noRule
	}
	for _, pos := range positions {
		m := &rules[pos].matcher
		f := fields{src: m.src, dst: m.dst, sport: m.sportLo, dport: m.dportLo, proto: m.proto, ip6: m.ip6, has: needProto | needPorts}
		for i := t.hash(&f); ; i++ {
			s := &t.slots[i&uint64(len(t.slots)-1)]
			if *s == noRule {
				*s = pos
				break
			}
			if rules[*s].matches5(&f) {
				break
			}
		}
	}
	return t
}

// find is the position of the first exact rule for the packet, or noRule.
func (t *exactTable) find(f *fields) uint32 {
	if len(t.slots) == 0 || f.has&needPorts == 0 {
		return noRule
	}
	for i := t.hash(f); ; i++ {
		pos := t.slots[i&uint64(len(t.slots)-1)]
		if pos == noRule || t.rules[pos].matches5(f) {
			return pos
		}
	}
}

// matches5 is match for an exact rule.
func (r *compiled) matches5(f *fields) bool {
	return r.src == f.src && r.dst == f.dst && r.sportLo == f.sport && r.dportLo == f.dport && r.proto == f.proto && r.ip6 == f.ip6
}

func (t *exactTable) hash(f *fields) uint64 {
	h := mix(t.seed^f.src.hi, 0x9e3779b97f4a7c15^f.src.lo)
	h = mix(h^f.dst.hi, 0xbf58476d1ce4e5b9^f.dst.lo)
	return mix(h, 0x94d049bb133111eb^(uint64(f.proto)<<32|uint64(f.sport)<<16|uint64(f.dport)))
}

// mix folds a 64 by 64 bit product, as in wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

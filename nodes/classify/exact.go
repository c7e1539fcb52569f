package classify

import (
	"math/bits"
	"sync/atomic"
)

// isExact reports whether the rule names one 5-tuple and nothing else: such rules are found by hash.
func (r *Rule) isExact() bool {
	return r.Src.IsValid() && r.Dst.IsValid() && r.Src.IsSingleIP() && r.Dst.IsSingleIP() &&
		r.SPort.Set && r.SPort.Lo == r.SPort.Hi && r.DPort.Set && r.DPort.Lo == r.DPort.Hi &&
		r.Proto >= 0 && !r.FlagsSet && r.ICMPType < 0
}

// exactTable finds the first of a point's exact rules for a packet: open addressing, at most half full. A table without
// slots finds nothing. A rule may be added to slots that an older ruleset uses, too: that one's rules end before it, and
// to it the slot is as empty as it was.
type exactTable struct {
	rules []compiled
	slots []uint32 // position, or noRule; a power of two of them; atomic
	used  int
	seed  uint64
}

// minSlots is the size of the smallest table.
const minSlots = 16

// add enters the rule at pos, the last of rules. Of equal rules the first one stays. seed is for the first one's table.
func (t *exactTable) add(rules []compiled, pos uint32, seed uint64) {
	t.rules = rules
	if len(t.slots) == 0 {
		t.slots, t.seed = emptySlots(minSlots), seed
	} else if 2*t.used >= len(t.slots) {
		old := t.slots
		t.slots, t.used = emptySlots(2*len(old)), 0
		for _, p := range old {
			if p != noRule {
				t.put(p)
			}
		}
	}
	t.put(pos)
}

func (t *exactTable) put(pos uint32) {
	m := &t.rules[pos].matcher
	f := fields{src: m.src, dst: m.dst, sport: m.sportLo, dport: m.dportLo, proto: m.proto, ip6: m.ip6}
	for i := t.hash(&f); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		p := atomic.LoadUint32(s)
		if p == noRule {
			atomic.StoreUint32(s, pos)
			t.used++
			return
		}
		if t.rules[p].matches5(&f) {
			return
		}
	}
}

func emptySlots(n int) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = noRule
	}
	return s
}

// find is the position of the first exact rule for the packet, or noRule.
func (t *exactTable) find(f *fields) uint32 {
	slots, rules := t.slots, t.rules
	if len(slots) == 0 || f.has&needPorts == 0 {
		return noRule
	}
	for i := t.hash(f); ; i++ {
		pos := atomic.LoadUint32(&slots[i&uint64(len(slots)-1)])
		if pos >= uint32(len(rules)) { // empty, or newer than this ruleset
			return noRule
		}
		if rules[pos].matches5(f) {
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

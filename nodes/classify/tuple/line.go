package tuple

import (
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// None is no rule.
const None = ^uint32(0)

// line is a rule in a chain. Its match, label, rule and born are fixed while readers can reach it.
type line struct {
	addr, addrMask uint64 // as Key.Addr[0]
	rest, restMask uint64 // as Key.Rest, without ports
	label          uint64
	slo, sspan     uint16 // source port - slo <= sspan
	dlo, dspan     uint16
	rule           uint32 // what the caller calls it
	next           uint32 // the chain's next line, 0 for none; atomic
	born           uint32 // serial of the first view that sees it
	died           uint32 // serial of the first view that does not see it any more, or never; atomic
}

// wide is the addresses of an IPv6 rule, beside its line.
type wide struct{ addr, mask [4]uint64 }

// note is what control knows of a line.
type note struct {
	chain uint32 // of the first line of a chain: how many lines it has
	group uint32 // the number of the line's group; 0 for none
	home  uint8  // the table
}

// One cache line each.
var _ [64]byte = [unsafe.Sizeof(line{})]byte{}
var _ [64]byte = [unsafe.Sizeof(wide{})]byte{}

// immortal is the died of a line that has not.
const immortal = ^uint32(0)

func (l *line) set(m *Match, label uint64, rule, born uint32) {
	l.addr, l.addrMask, l.rest, l.restMask = m.addr[0], m.addrMask[0], m.rest, m.restMask
	l.slo, l.sspan, l.dlo, l.dspan = m.slo, m.shi-m.slo, m.dlo, m.dhi-m.dlo
	l.label, l.rule, l.born = label, rule, born
	atomic.StoreUint32(&l.died, immortal)
}

// matches is all of a match but the rest of IPv6 addresses.
func (l *line) matches(addr, rest uint64) bool {
	return (addr^l.addr)&l.addrMask|(rest^l.rest)&l.restMask == 0 &&
		uint16(rest>>sportShift)-l.slo <= l.sspan && uint16(rest)-l.dlo <= l.dspan
}

// seen reports whether the view with the serial number has the line.
func (l *line) seen(serial uint32) bool {
	return l.born <= serial && atomic.LoadUint32(&l.died) > serial
}

func (w *wide) matches(a *[4]uint64) bool {
	return (a[1]^w.addr[1])&w.mask[1]|(a[2]^w.addr[2])&w.mask[2]|(a[3]^w.addr[3])&w.mask[3] == 0
}

// match is what a line was made of.
func (s *Set) match(at uint32) Match {
	l := &s.lines[at]
	m := Match{rest: l.rest, restMask: l.restMask, slo: l.slo, shi: l.slo + l.sspan, dlo: l.dlo, dhi: l.dlo + l.dspan}
	m.addr[0], m.addrMask[0] = l.addr, l.addrMask
	if s.ip6 {
		m.addr, m.addrMask = s.wide[at].addr, s.wide[at].mask
	}
	return m
}

// known is the header bits that all packets which the line matches have in common.
func (s *Set) known(at uint32) (Key, mask) {
	m := s.match(at)
	return m.known()
}

// known is the header bits that all packets which match have in common.
func (m *Match) known() (Key, mask) {
	const proto = 0xff << protoShift
	return Key{m.addr, m.rest&proto | uint64(m.slo)<<sportShift | uint64(m.dlo)},
		mask{m.addrMask, m.restMask&proto | portMask(m.slo, m.shi)<<sportShift | portMask(m.dlo, m.dhi)}
}

// prefixBits are the lengths of the line's prefixes.
func (s *Set) prefixBits(at uint32) (src, dst int) {
	if !s.ip6 {
		m := s.lines[at].addrMask
		return bits.OnesCount64(m >> 32), bits.OnesCount64(m & 0xffffffff)
	}
	m := &s.wide[at].mask
	return bits.OnesCount64(m[0]) + bits.OnesCount64(m[1]), bits.OnesCount64(m[2]) + bits.OnesCount64(m[3])
}

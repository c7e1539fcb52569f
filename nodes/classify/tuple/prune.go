package tuple

import (
	"math/bits"
	"sync/atomic"
)

// maxTables is how many tables a set has at most: a bit each in a word.
const maxTables = 64

// The dimensions by which tables are left out. A set bit says that the table may have a rule for packets with this value.
const (
	srcCoarse = iota // first 16 bits of the source; of IPv6 32
	srcFine          // first 24 bits; of IPv6 48
	dstCoarse
	dstFine
	sportDim
	dportDim
	protoDim
	dimensions
)

const (
	portSlots  = 2048 // ports below 1024 by themselves, the others by their low 10 bits
	protoSlots = 256
	maxSpread  = 32 // a prefix that is shorter than a dimension is entered under at most so many values
)

// prune is the dimensions of a set. Readers see bits come, never go: a bit too many costs a look into a table, no more.
type prune struct {
	dim   [dimensions][]uint64 // a power of two of them each; atomic
	open  [dimensions]uint64   // tables with a rule that leaves the dimension open; atomic
	shift uint8                // of a hash, for the addresses
	stale int                  // lines that have gone since; control's
}

// newPrune has room for about the number of lines, and the ports and protocols of an older one, which are of one size and take
// long to enter.
func newPrune(lines int, old *prune) *prune {
	n := min(max(bits.Len(uint(2*lines)), 10), 16)
	p := &prune{shift: uint8(32 - n)}
	for d := srcCoarse; d <= dstFine; d++ {
		p.dim[d] = make([]uint64, 1<<n)
	}
	if old == nil {
		p.dim[sportDim], p.dim[dportDim], p.dim[protoDim] = make([]uint64, portSlots), make([]uint64, portSlots), make([]uint64, protoSlots)
		return p
	}
	for d := sportDim; d < dimensions; d++ {
		p.dim[d], p.open[d] = old.dim[d], old.open[d]
	}
	return p
}

// fits reports whether a set of so many lines prunes well with it.
func (p *prune) fits(lines int) bool { return p.shift == 16 || lines <= 1<<(32-p.shift) }

// hash32 spreads the first bits of an address over the slots of a dimension, behind a shift.
func hash32(v uint64) uint32 { return uint32(v * 0x9e3779b97f4a7c15 >> 32) }

func portSlot(port uint16) uint64 {
	if port < 1024 {
		return uint64(port)
	}
	return 1024 + uint64(port&1023)
}

// part is how many bits of which dimension there are: coarse and fine.
func (s *Set) part() (coarse, fine int) {
	if s.ip6 {
		return 32, 48
	}
	return 16, 24
}

// enter sets the bits of a line of table t.
func (s *Set) enter(at uint32, t int) {
	l, p := &s.lines[at], s.prune
	s.enterAddrs(p, at, t)
	p.ports(sportDim, t, l.slo, l.slo+l.sspan)
	p.ports(dportDim, t, l.dlo, l.dlo+l.dspan)
	if l.restMask&HasProto != 0 {
		p.mark(protoDim, l.rest>>protoShift&0xff, t)
	} else {
		p.leaveOpen(protoDim, t)
	}
}

func (s *Set) enterAddrs(p *prune, at uint32, t int) {
	l := &s.lines[at]
	src, dst := l.addr>>32, l.addr&0xffffffff
	width := 32
	if s.ip6 {
		src, dst, width = s.wide[at].addr[0], s.wide[at].addr[2], 64
	}
	srcBits, dstBits := s.prefixBits(at)
	coarse, fine := s.part()
	p.prefix(srcCoarse, t, src>>(width-coarse), coarse-srcBits)
	p.prefix(srcFine, t, src>>(width-fine), fine-srcBits)
	p.prefix(dstCoarse, t, dst>>(width-coarse), coarse-dstBits)
	p.prefix(dstFine, t, dst>>(width-fine), fine-dstBits)
}

// prefix enters a prefix that lacks so many bits of the dimension's value.
func (p *prune) prefix(dim, t int, value uint64, lacks int) {
	lacks = max(lacks, 0)
	if lacks > 63 || 1<<lacks > maxSpread {
		p.leaveOpen(dim, t)
		return
	}
	for i := range uint64(1 << lacks) {
		p.mark(dim, uint64(hash32(value+i)>>p.shift), t)
	}
}

func (p *prune) ports(dim, t int, lo, hi uint16) {
	if lo == 0 && hi == 0xffff {
		p.leaveOpen(dim, t)
		return
	}
	for port := int(lo); port <= int(hi) && port < 1024; port++ {
		p.mark(dim, portSlot(uint16(port)), t)
	}
	for port, last := max(int(lo), 1024), min(int(hi), max(int(lo), 1024)+1023); port <= last; port++ {
		p.mark(dim, portSlot(uint16(port)), t)
	}
}

func (p *prune) mark(dim int, slot uint64, t int) {
	w := &p.dim[dim][slot]
	if *w>>t&1 == 0 {
		atomic.StoreUint64(w, *w|1<<t)
	}
}

func (p *prune) leaveOpen(dim, t int) {
	if p.open[dim]>>t&1 == 0 {
		atomic.StoreUint64(&p.open[dim], p.open[dim]|1<<t)
	}
}

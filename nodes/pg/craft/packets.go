package craft

import (
	"encoding/binary"
	"math/bits"
)

// Packets is a compiled text: an endless sequence of packets. One goroutine uses it.
type Packets struct {
	template []byte // as long as the longest packet
	sizes    values // bytes of a packet
	size     uint64 // the next one's
	state    uint64 // of the random numbers
	edits    []edit
	lengths  []length
	sums     []sum
	plain    bool // all packets are the template
	front    int  // bytes of the Ethernet header that the text does not have
}

// edit is a field that changes: bits of a big-endian word.
type edit struct {
	values
	at    int    // where the word is
	bytes int    // of the word: 1, 2, 4 or 8
	shift int    // of the field in the word
	mask  uint64 // of the field in the word
	next  uint64
}

// length is a 16-bit field that tells the bytes behind a place in the packet.
type length struct{ at, from int }

// sum is a checksum. All words are aligned to 16 bits of the packet, for all headers have even lengths.
type sum struct {
	at    int
	base  []uint32 // of what does not change, folded: by size, the last for all that are longer
	words []int    // where the words are that do
	never uint16   // what stands for 0 in the field: UDP's 0xffff; else 0
}

// Sizes are the bytes of the shortest and the longest packet.
func (p *Packets) Sizes() (least, most int) { return int(p.sizes.lo), int(p.sizes.hi) }

// Write makes the next packet at the beginning of b, which has room for the longest, and returns its length.
func (p *Packets) Write(b []byte) int {
	if p.plain {
		return copy(b, p.template)
	}
	n := int(p.draw(&p.sizes, &p.size))
	b = b[:n]
	copy(b, p.template)
	for i := range p.edits {
		e := &p.edits[i]
		e.put(b, p.draw(&e.values, &e.next))
	}
	for _, l := range p.lengths {
		binary.BigEndian.PutUint16(b[l.at:], uint16(n-l.from))
	}
	for i := range p.sums {
		p.sums[i].put(b, n-int(p.sizes.lo))
	}
	return n
}

// draw is the next value of a range.
func (p *Packets) draw(v *values, next *uint64) uint64 {
	switch v.order {
	case increment:
		n := *next
		if n == v.hi {
			*next = v.lo
		} else {
			*next = n + 1
		}
		return n
	case random:
		p.state += 0x9e3779b97f4a7c15 // splitmix64
		r := p.state
		r = (r ^ r>>30) * 0xbf58476d1ce4e5b9
		r = (r ^ r>>27) * 0x94d049bb133111eb
		r ^= r >> 31
		if width := v.hi - v.lo + 1; width != 0 {
			r, _ = bits.Mul64(r, width)
		}
		return v.lo + r
	}
	return v.lo
}

// put writes the field.
func (e *edit) put(b []byte, v uint64) {
	b = b[e.at:]
	v <<= e.shift & 63
	switch e.bytes {
	case 1:
		b[0] = b[0]&^byte(e.mask) | byte(v)
	case 2:
		binary.BigEndian.PutUint16(b, binary.BigEndian.Uint16(b)&^uint16(e.mask)|uint16(v))
	case 4:
		binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)&^uint32(e.mask)|uint32(v))
	case 8:
		binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(b)&^e.mask|v)
	}
}

// put computes the checksum of a packet; size is by how much the packet is longer than the shortest.
func (s *sum) put(b []byte, size int) {
	t := uint64(s.base[min(size, len(s.base)-1)])
	for _, w := range s.words {
		t += uint64(binary.BigEndian.Uint16(b[w:]))
	}
	for t > 0xffff {
		t = t>>16 + t&0xffff
	}
	c := ^uint16(t)
	if c == 0 {
		c = s.never
	}
	binary.BigEndian.PutUint16(b[s.at:], c)
}

// Bare says that the text begins with IP: an Ethernet header was put in front.
func (p *Packets) Bare() bool { return p.front > 0 }

// Said are the bytes of the shortest and the longest packet as Options have them: not counted an Ethernet header that was put in front.
func (p *Packets) Said() (least, most int) {
	return int(p.sizes.lo) - p.front, int(p.sizes.hi) - p.front
}

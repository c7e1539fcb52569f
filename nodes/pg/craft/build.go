package craft

import (
	"encoding/binary"
	"slices"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// builder is a packet as far as its text has been read.
type builder struct {
	scanner
	data    []byte
	edits   []edit
	lengths []length
	sums    []checksum
	below   layer // the header that was read last
	seen    bool  // there was a header
	bare    bool  // the text has no Ethernet header but begins with IP
	ether   uint16
}

// layer is what a header says about the one behind it.
type layer struct {
	kind  kind   // of its addresses; none for payload and what nothing can follow
	at    int    // where it begins
	next  uint16 // EtherType or IP protocol of what follows
	known bool   // next is one value
	end   int    // IP: where the datagram ends, by a length that the text gives; 0: where the packet does
}

// checksum is a sum before it is compiled: of the bytes from one place on to the end, and for TCP, UDP and ICMPv6 of the pseudo header.
type checksum struct {
	at, from int
	to       int   // where it ends; 0: where the packet does
	ip       layer // of the pseudo header; kind none: there is none
	proto    uint8
	never    uint16
}

// field is where a header has what: bits from the left of the word of so many bytes at a place in the header.
type field struct{ at, bytes, left, bits int }

func whole(at, bytes int) field { return field{at, bytes, 0, 8 * bytes} }

// set writes a value to a field of the header at h, or makes an edit of it.
func (b *builder) set(h int, f field, v values) {
	width := f.bytes
	if width == 6 { // an address, and two bytes that are left as they are
		width = 8
	}
	e := edit{values: v, at: h + f.at, bytes: width, shift: 8*width - f.left - f.bits, next: v.lo}
	e.mask = ^uint64(0) >> (64 - f.bits) << e.shift
	e.put(b.data, v.lo)
	if v.order != fixed {
		b.edits = append(b.edits, e)
	}
}

// changes says whether the byte at a place differs from packet to packet, as far as the text has been read.
func (b *builder) changes(at int) bool {
	return slices.ContainsFunc(b.edits, func(e edit) bool { return e.changes(at) })
}

// length is where an IP header has its length.
func (l *layer) length() int {
	if l.kind == ip6 {
		return ip6Length.at
	}
	return ip4Length.at
}

// grow adds n bytes of a header and says where it begins.
func (b *builder) grow(n int) int {
	h := len(b.data)
	b.data = append(b.data, make([]byte, n)...)
	return h
}

// option reads a number behind words and sets a field to it, if the words are there.
func (b *builder) option(h int, f field, given *bool, words ...string) (bool, *Error) {
	if !b.words(words...) {
		return false, nil
	}
	v, err := b.number(words[len(words)-1], f.bits)
	if err != nil {
		return false, err
	}
	if given != nil {
		*given = true
	}
	b.set(h, f, v)
	return true, nil
}

// Options of Compile.
type Options struct {
	Min, Max int     // bytes of the packets, not counted an Ethernet header that is put in front; 0: as the text says, DefaultSize at least
	Random   bool    // sizes are random; else they increase by one from packet to packet, and begin again
	Most     int     // bytes of the longest packet that can be, all counted
	IP       bool    // a text of payload alone is an IP datagram
	Src, Dst [6]byte // addresses of an Ethernet header that is put in front
	Seed     uint64  // of random values
}

// DefaultSize is the least size of packets whose size is not given, in bytes: VPP's.
const DefaultSize = 64

// etherLen is the bytes of an Ethernet header.
const etherLen = 14

// Compile reads a text. Its error is an *Error where the text is wrong, else about the sizes.
func Compile(text string, o Options) (*Packets, error) {
	if len(text) > maxText {
		return nil, sizeError("data: a text of %d bytes: want at most %d", len(text), maxText)
	}
	b := &builder{scanner: scanner{text: text}}
	if err := b.read(); err != nil {
		return nil, err
	}
	headers := len(b.data)
	payload, err := b.payload(o.Most)
	if err != nil {
		return nil, err
	}
	if !b.seen && o.IP {
		b.guess(payload)
	}
	return b.compile(headers, payload, o)
}

// maxText bounds a text, in bytes.
const maxText = 1 << 20

// guess takes a payload without a header for an IP datagram, if it begins as one and has no Ethernet header.
func (b *builder) guess(p []byte) {
	if len(p) >= etherLen {
		if t := binary.BigEndian.Uint16(p[12:]); t == packet.EtherTypeIP4 || t == packet.EtherTypeIP6 {
			return
		}
	}
	if len(p) > 0 && p[0]>>4 == 4 {
		b.bare, b.ether = true, packet.EtherTypeIP4
	} else if len(p) > 0 && p[0]>>4 == 6 {
		b.bare, b.ether = true, packet.EtherTypeIP6
	}
	if b.bare {
		b.grow(etherLen)
	}
}

// compile makes packets of what was read.
func (b *builder) compile(headers int, payload []byte, o Options) (*Packets, error) {
	front := 0
	if b.bare {
		front = etherLen
		headers = max(headers, front)
		copy(b.data, o.Dst[:])
		copy(b.data[6:], o.Src[:])
		binary.BigEndian.PutUint16(b.data[12:], b.ether)
	}
	least, most := o.Min+front, o.Max+front
	if o.Max == 0 {
		least = max(DefaultSize+front, headers+len(payload))
		most = least
	}
	switch {
	case least > most:
		return nil, sizeError("size %d-%d: want the least size first", o.Min, o.Max)
	case least < headers:
		return nil, sizeError("size %d: the headers of the data have %d bytes already", least-front, headers-front)
	case most > o.Most:
		return nil, sizeError("size %d: a packet of that size and its Ethernet header do not fit a buffer: want %d at most", most-front, o.Most-front)
	}
	p := &Packets{template: make([]byte, most), front: front, edits: b.edits, lengths: b.lengths, state: o.Seed}
	copy(p.template[copy(p.template, b.data[:headers]):], payload)
	p.sizes = values{lo: uint64(least), hi: uint64(most), order: increment}
	if o.Random {
		p.sizes.order = random
	}
	if least == most {
		p.sizes.order = fixed
	}
	p.size = p.sizes.lo
	p.settle(b.sums)
	return p, nil
}

// settle computes the sums, and lets what does not change be part of the template.
func (p *Packets) settle(list []checksum) {
	if p.sizes.order == fixed {
		for _, l := range p.lengths {
			binary.BigEndian.PutUint16(p.template[l.at:], uint16(len(p.template)-l.from))
		}
		p.lengths = nil
	}
	for i := range list {
		s := list[i].compile(p)
		if len(s.words) > 0 || len(s.base) > 1 {
			p.sums = append(p.sums, s)
		} else {
			s.put(p.template, 0)
		}
	}
	p.plain = p.sizes.order == fixed && len(p.edits) == 0
}

// compile computes the sum of what does not change, for each size, and finds the words that do.
func (c *checksum) compile(p *Packets) sum {
	s := sum{at: c.at, never: c.never}
	t := uint32(0)
	cover := func(from, to int) {
		for w := from; w < to; w += 2 {
			if p.moves(w) {
				s.words = append(s.words, w)
			} else {
				t = fold(t + uint32(binary.BigEndian.Uint16(p.template[w:])))
			}
		}
	}
	switch c.ip.kind {
	case ip4:
		cover(c.ip.at+ip4Src.at, c.ip.at+ip4Len)
	case ip6:
		cover(c.ip.at+ip6Src.at-8, c.ip.at+ip6Len)
	}
	least, most := p.Sizes()
	for size, at := least, c.from; size <= most; size++ {
		to := size
		if c.to != 0 {
			to = min(c.to, size)
		}
		to = max(to, c.from)
		cover(at, to&^1)
		at = to &^ 1
		last := uint32(0)
		if to&1 != 0 {
			last = uint32(p.template[to-1]) << 8
		}
		if c.ip.kind != none {
			last += uint32(c.proto) + uint32(to-c.from)
		}
		s.base = append(s.base, fold(fold(t+last)))
		if to < size || c.to == size { // it ends before the packet does, and so in all longer ones
			break
		}
	}
	return s
}

// moves says whether the word at w differs from packet to packet.
func (p *Packets) moves(w int) bool {
	for _, l := range p.lengths {
		if l.at == w {
			return true
		}
	}
	for i := range p.edits {
		if e := &p.edits[i]; e.changes(w) || e.changes(w+1) {
			return true
		}
	}
	return false
}

// changes says whether the edit writes the byte at a place.
func (e *edit) changes(at int) bool {
	k := at - e.at
	return k >= 0 && k < e.bytes && byte(e.mask>>(8*(e.bytes-1-k))) != 0
}

func fold(t uint32) uint32 { return t>>16 + t&0xffff }

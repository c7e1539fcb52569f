package tuple

import (
	"math/bits"
	"sync/atomic"
)

// mask is the bits of a header that a table looks at: as Key, with protocol and ports in rest.
type mask struct {
	addr [4]uint64
	rest uint64
}

// within reports whether m asks for no bit that r leaves open.
func (m *mask) within(r *mask) bool {
	return m.addr[0]&^r.addr[0]|m.addr[1]&^r.addr[1]|m.addr[2]&^r.addr[2]|m.addr[3]&^r.addr[3]|m.rest&^r.rest == 0
}

// bits is how many bits m asks for.
func (m *mask) bits() (n int) {
	for _, a := range m.addr {
		n += bits.OnesCount64(a)
	}
	return n + bits.OnesCount64(m.rest)
}

// table is a hash over the bits of its mask. A slot is tag << 32 | line; 0 ends a search. The tag is 32 bits of the hash, of
// which the upper ones are the bucket where the search starts; a chain is the lines with one tag. A slot without a line is one
// whose chain has gone. Readers see slots change: a chain that gets a new first line, or loses it.
type table struct {
	mask
	buckets []bucket // a power of two of them, at most half used; none before the first line
	first   uint64   // no line has a lower label
	shift   uint8    // of a tag, to get the bucket
	size    int      // of the mask, in bits; control's
	used    int      // slots that are not 0; control's
	lines   int      // in chains; control's
}

// bucket is slots, used from the first one on: half a cache line, of which a reader compares all, for a branch that depends
// on a hash costs more. atomic.
type bucket [4]uint64

const (
	minBuckets = 4
	minShift   = 30 // 32 - log2(minBuckets)
	noLabel    = ^uint64(0)
	tagBit     = 1 // set in each tag, so that none is 0
)

// mix folds a 64 by 64 bit product, as in wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// tag4 is the hash of an IPv4 key under the table's mask.
func (t *table) tag4(addr, rest uint64, seed *[4]uint64) uint32 {
	return uint32(mix(addr&t.addr[0]^seed[0], rest&t.rest^seed[1])>>32) | tagBit
}

// tag6 is that of an IPv6 key.
func (t *table) tag6(k *Key, seed *[4]uint64) uint32 {
	h := mix(k.Addr[0]&t.addr[0]^seed[0], k.Addr[1]&t.addr[1]^seed[1])
	h ^= mix(k.Addr[2]&t.addr[2]^seed[2], k.Addr[3]&t.addr[3]^seed[3])
	return uint32(mix(h, k.Rest&t.rest^seed[1])>>32) | tagBit
}

// head is the first line of a chain, or 0.
func (t *table) head(tag uint32) uint32 {
	buckets := t.buckets
	if len(buckets) == 0 {
		return 0
	}
	for i := uint64(tag >> t.shift); ; i++ {
		b := &buckets[i&uint64(len(buckets)-1)]
		for j := range b {
			if w := atomic.LoadUint64(&b[j]); w == 0 || uint32(w>>32) == tag {
				return uint32(w)
			}
		}
	}
}

// setHead makes a line the first of a chain; 0 empties it. Readers see either.
func (t *table) setHead(tag, line uint32) {
	if line != 0 && t.used+1 > 2*len(t.buckets) {
		t.grow()
	}
	t.put(uint64(tag)<<32 | uint64(line))
}

func (t *table) put(word uint64) {
	for i := word >> 32 >> t.shift; ; i++ {
		b := &t.buckets[i&uint64(len(t.buckets)-1)]
		for j, old := range b {
			if old == 0 {
				t.used++
			}
			if old == 0 || old>>32 == word>>32 {
				atomic.StoreUint64(&b[j], word)
				return
			}
		}
	}
}

// grow moves to new slots, about four for each chain. Older views keep theirs.
func (t *table) grow() {
	old, chains := t.buckets, 0
	each(old, func(uint64) { chains++ })
	n, shift := minBuckets, uint8(minShift)
	for n <= chains {
		n, shift = 2*n, shift-1
	}
	t.buckets, t.shift, t.used = make([]bucket, n), shift, 0
	each(old, t.put)
}

// each visits the slots that have a chain.
func each(buckets []bucket, visit func(word uint64)) {
	for i := range buckets {
		for _, w := range buckets[i] {
			if uint32(w) != 0 {
				visit(w)
			}
		}
	}
}

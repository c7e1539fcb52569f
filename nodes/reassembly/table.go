package reassembly

import (
	"math/bits"
	"math/rand/v2"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// table is the datagrams of one node on one worker that are not whole yet, with their pieces. Everything in it is made
// once and named by its place in a slice, so that nothing is allocated later.
//
//	bucket ─> datagram ─> datagram      by hash of the key
//	             │ first
//	             └> piece ─> piece ─>   by offset
//	age      oldest datagram … newest   one list per family, as each has its own timeout
//	whole    datagrams to be given back, with all their pieces, first in first out
//	dropped  pieces to be given back, first in first out
type table struct {
	datagrams []datagram
	pieces    []piece
	buckets   []int32 // first datagram; len is a power of two
	seed      uint64

	freeDatagram, freePiece int32
	age                     [2]struct{ oldest, newest int32 } // by family
	whole                   fifo
	dropped                 fifo

	gathering int // datagrams that are not whole yet
	used      int // pieces held, the ones to be given back included
	waiting   int // of these, the ones to be given back because they are dropped
}

// none is no place.
const none = int32(-1)

// fifo is a list of datagrams or pieces, linked by their next.
type fifo struct{ first, last int32 }

// key says which datagram a piece belongs to.
type key struct {
	src, dst [2]uint64
	id       uint32
	rxIf     uint32
	tags     uint32 // both VLAN ids
	proto    uint8  // IPv4 only, as the kernel has it: pieces of an IPv6 datagram other than the first may say anything
	family   uint8
}

// The families.
const (
	v4 = iota
	v6
)

// datagram is what has come of a datagram.
type datagram struct {
	key
	next         int32 // in its bucket, in the list of the whole ones, or in that of the free ones
	older, newer int32
	deadline     int64 // on the graph's clock
	first, last  int32 // its pieces
	n            int   // how many
	size         int   // bytes of data that it has, as far as pieces have told
	got          int   // bytes of data in its pieces
	hasFirst     bool
	hasLast      bool
	ecn          uint8
}

// piece is a fragment that is held.
type piece struct {
	next     int32 // by offset in its datagram; in the list of the dropped ones; in that of the free ones
	buf      buffer.Index
	off, end int32  // its data within the datagram's
	data     uint16 // where this is in the packet
	reason   uint8  // dropped ones: why
	head     bool   // it begins a run, see datagram.place
}

func newTable(datagrams, pieces int) *table {
	t := &table{datagrams: make([]datagram, datagrams), pieces: make([]piece, pieces), seed: rand.Uint64(),
		buckets: make([]int32, 1<<bits.Len(uint(datagrams)))}
	t.whole, t.dropped = fifo{none, none}, fifo{none, none}
	for i := range t.age {
		t.age[i].oldest, t.age[i].newest = none, none
	}
	for i := range t.buckets {
		t.buckets[i] = none
	}
	for i := range t.datagrams {
		t.datagrams[i].next = int32(i) - 1
	}
	for i := range t.pieces {
		t.pieces[i].next = int32(i) - 1
	}
	t.freeDatagram, t.freePiece = int32(datagrams-1), int32(pieces-1)
	return t
}

// bucket is where a key's datagram is. The seed keeps strangers from choosing it.
func (t *table) bucket(k *key) *int32 {
	h := t.seed
	for _, word := range [...]uint64{k.src[0], k.src[1], k.dst[0], k.dst[1], uint64(k.id)<<32 | uint64(k.rxIf), uint64(k.tags)<<8 | uint64(k.proto)} {
		hi, lo := bits.Mul64(h^word, 0x9e3779b97f4a7c15)
		h = hi ^ lo + t.seed
	}
	return &t.buckets[h&uint64(len(t.buckets)-1)]
}

// find is a key's datagram, or none.
func (t *table) find(k *key) int32 {
	for i := *t.bucket(k); i != none; i = t.datagrams[i].next {
		if t.datagrams[i].key == *k {
			return i
		}
	}
	return none
}

// open begins a datagram, or returns none if there is no room.
func (t *table) open(k *key, deadline int64) int32 {
	i := t.freeDatagram
	if i == none {
		return none
	}
	d := &t.datagrams[i]
	t.freeDatagram = d.next
	b := t.bucket(k)
	a := &t.age[k.family]
	*d = datagram{key: *k, next: *b, older: a.newest, newer: none, deadline: deadline, first: none, last: none}
	*b = i
	if a.newest != none {
		t.datagrams[a.newest].newer = i
	} else {
		a.oldest = i
	}
	a.newest = i
	t.gathering++
	return i
}

// unlink takes a datagram out of its bucket and the list by age: nobody finds it any more.
func (t *table) unlink(i int32) {
	d := &t.datagrams[i]
	at := t.bucket(&d.key)
	for *at != i {
		at = &t.datagrams[*at].next
	}
	*at = d.next
	a := &t.age[d.family]
	if d.older != none {
		t.datagrams[d.older].newer = d.newer
	} else {
		a.oldest = d.newer
	}
	if d.newer != none {
		t.datagrams[d.newer].older = d.older
	} else {
		a.newest = d.older
	}
	t.gathering--
}

// oldest is the datagram that has waited longest, of either family.
func (t *table) oldest(timeouts *[2]int64) int32 {
	a, b := t.age[v4].oldest, t.age[v6].oldest
	switch {
	case a == none:
		return b
	case b == none || t.datagrams[a].deadline-timeouts[v4] <= t.datagrams[b].deadline-timeouts[v6]:
		return a
	}
	return b
}

// finish puts a datagram that is whole where it is given back from.
func (t *table) finish(i int32) {
	t.unlink(i)
	t.datagrams[i].next = none
	if t.whole.last != none {
		t.datagrams[t.whole.last].next = i
	} else {
		t.whole.first = i
	}
	t.whole.last = i
}

// drop ends a datagram that will not be whole.
func (t *table) drop(i int32, reason uint8) {
	t.unlink(i)
	d := &t.datagrams[i]
	for x := d.first; x != none; x = t.pieces[x].next {
		t.pieces[x].reason = reason
	}
	if d.first != none {
		if t.dropped.last != none {
			t.pieces[t.dropped.last].next = d.first
		} else {
			t.dropped.first = d.first
		}
		t.dropped.last = d.last
		t.waiting += d.n
	}
	d.next, t.freeDatagram = t.freeDatagram, i
}

// takeWhole takes the next whole datagram out; its place is free when its pieces have been taken.
func (t *table) takeWhole() *datagram {
	i := t.whole.first
	d := &t.datagrams[i]
	if t.whole.first = d.next; t.whole.first == none {
		t.whole.last = none
	}
	d.next, t.freeDatagram = t.freeDatagram, i
	return d
}

// takeDropped takes the next dropped piece out.
func (t *table) takeDropped() (b buffer.Index, reason uint8) {
	x := t.dropped.first
	b, reason = t.pieces[x].buf, t.pieces[x].reason
	if t.dropped.first = t.release(x); t.dropped.first == none {
		t.dropped.last = none
	}
	t.waiting--
	return b, reason
}

// release makes a piece's place free and returns what it was linked to.
func (t *table) release(x int32) (next int32) {
	next = t.pieces[x].next
	t.pieces[x].next, t.freePiece = t.freePiece, x
	t.used--
	return next
}

package ratelimit

import (
	"math/bits"

	"github.com/gvpp/gvpp/dataplane/counter"
)

// ways is how many slots an address can be in. With more, the table is fuller before a source finds no room; with fewer, it is found
// sooner. With 8 and half of the slots taken, one source of a hundred has none.
const ways = 8

// bucket is what a source has left.
type bucket struct {
	source         address
	swIf           uint32 // 0: the slot is free
	seen           int64  // nanoseconds on the dataplane's clock: when its last packet came
	packets, bytes int64  // credits, then
}

// address is an IPv6 address, or an IPv4 address as IPv6 writes it: ::ffff:192.0.2.1.
type address struct{ hi, lo uint64 }

// begin makes b the full bucket of a source.
func (b *bucket) begin(source address, swIf uint32, l *limit, now int64) {
	*b = bucket{source, swIf, now, l.packets.full, l.bytes.full}
}

// take pays for a packet of n bytes, from both credits or from none.
func (b *bucket) take(l *limit, now int64, n uint16) verdict {
	ns := now - b.seen
	b.seen = now
	b.packets, b.bytes = l.packets.after(b.packets, ns), l.bytes.after(b.bytes, ns)
	bytes := int64(n) * l.bytes.cost
	switch {
	case b.packets < l.packets.cost:
		return overPackets
	case b.bytes < bytes:
		return overBytes
	}
	b.packets -= l.packets.cost
	b.bytes -= bytes
	return within
}

// table is the buckets of one worker, which alone uses it.
type table struct {
	sets   [][ways]bucket // a power of two
	keys   [2]uint64      // of the hash: nobody else knows which addresses share a set
	at     int            // the set where the next slice of a round begins; len(sets): the round is over
	used   counter.Counter
	rounds uint64 // begun
}

func newTable(sources int, keys [2]uint64) *table {
	sets := 1 << bits.Len(uint(max(1, 2*sources/ways)-1))
	return &table{sets: make([][ways]bucket, sets), keys: keys, at: sets}
}

// set is the slots that a source can be in.
func (t *table) set(source address, swIf uint32) *[ways]bucket {
	hi, lo := bits.Mul64(source.hi^t.keys[0], source.lo^t.keys[1])
	hi, lo = bits.Mul64(hi^lo^uint64(swIf), t.keys[0]|1)
	return &t.sets[(hi^lo)&uint64(len(t.sets)-1)]
}

// find is the bucket of a source, or a free slot for it, or nil.
func (t *table) find(source address, swIf uint32) (free *bucket) {
	set := t.set(source, swIf)
	for i := range set {
		b := &set[i]
		if b.source == source && b.swIf == swIf {
			return b
		}
		if b.swIf == 0 && free == nil {
			free = b
		}
	}
	return free
}

// sliceSets is how many sets a slice of a round is: a microsecond. More, and the vector at hand waits longer; fewer, and a round takes
// more vectors.
const sliceSets = 64

// forget begins a round if one is asked for, and goes on with it: a slot is free again when its interface has no limit any more, or
// its bucket must be full.
func (t *table) forget(asked uint64, list limits, now int64) {
	if t.at == len(t.sets) {
		if asked == t.rounds {
			return
		}
		t.rounds, t.at = asked, 0
	}
	end := min(t.at+sliceSets, len(t.sets))
	gone := uint64(0)
	for i := range t.sets[t.at:end] {
		set := &t.sets[t.at+i]
		for j := range set {
			if l := list.of(set[j].swIf); set[j].swIf != 0 && (l == nil || now-set[j].seen >= l.settled()) {
				set[j] = bucket{}
				gone++
			}
		}
	}
	t.used.Add(-gone)
	t.at = end
}

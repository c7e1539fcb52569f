// Package fib is the table of MAC addresses of all bridge domains: which port each was heard at.
//
// Terms: a key is a domain's number and an address; an entry is a word that says the port, and when the address was heard. A
// bucket is one cache line: four keys and their entries. A shard is a 64th of the buckets, which one writer at a time may change.
//
//	key ──hash──> shard (6 bits) ──> bucket of the shard, and those behind it, round the shard, until one that has an empty slot
//
// Readers take no lock and write nothing. Workers learn with TryReplace, which never waits: while somebody else changes the shard
// nothing is learned, and the next frame of the address tries again. The control side waits for its turn, holds a shard for some
// microseconds when it sweeps, and all of them while it copies the table into a larger or smaller one: some 10 ns an entry.
//
// Invariant: an address is in one slot at most; an entry that a reader is given was its key's. A slot whose key is gone is empty
// only if its bucket had another empty one, else it is left as a grave, which readers walk past and writers use again: so a walk
// ends at the first bucket with an empty slot, and finds all that was put behind a full one.
//
// The table is bounded by whoever calls it: it counts, and Resize makes room, but neither refuses an address for being one too many.
package fib

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// Sizes.
const (
	shardBits  = 6
	shardCount = 1 << shardBits
	slots      = 4 // of a bucket
	// minBuckets is what a shard begins with: room for 32768 addresses, in 1 MB for all, before the table grows. Lower, and a burst
	// of new addresses comes before the control side has made room; higher, and a small bridge pays.
	minBuckets = 256
	// maxProbe bounds a walk, in buckets. At half load a walk is 1.1 buckets long; this many are met in a shard that is full and
	// waits for Resize.
	maxProbe = 16

	grave = ^uint64(0)
)

// bucket is one cache line.
type bucket struct {
	keys    [slots]uint64
	entries [slots]uint64
}

// region is all buckets, those of a shard one behind the other.
type region struct {
	buckets []bucket // a power of two of them
	log     uint     // log2 of the buckets of a shard
}

func newRegion(ofShard int) *region {
	return &region{make([]bucket, ofShard*shardCount), uint(bits.TrailingZeros(uint(ofShard)))}
}

// ofShard is how many buckets a shard has.
func (r *region) ofShard() int { return 1 << r.log }

// of is the buckets of a shard.
func (r *region) of(shard int) []bucket { return r.buckets[shard<<r.log : (shard+1)<<r.log] }

// shard is what writers of a shard's buckets share.
type shard struct {
	held atomic.Uint32 // guards writing
	used atomic.Int32  // slots that are not empty, graves too; written by who holds it
	live atomic.Int32  // entries; written by who holds it
	_    [52]byte
}

// Table is the addresses of all domains. Find and Lookup may be called by anyone at any time, and TryReplace by workers; the rest is the control
// side's, Sweep and Resize by one goroutine at a time where no entry must be missed.
type Table struct {
	cur    atomic.Pointer[region] // published; changed by who holds all shards
	seed   [2]uint64
	shards [shardCount]shard
}

// New makes a table. The hash is keyed with seed; 0 takes a random one.
func New(seed uint64) *Table {
	t := new(Table)
	if seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		seed = binary.LittleEndian.Uint64(b[:])
	}
	t.seed = [2]uint64{seed | 1, bits.RotateLeft64(seed, 32)*0x9e3779b97f4a7c15 | 1}
	t.cur.Store(newRegion(minBuckets))
	return t
}

// hash is a key's hash. The top bits choose the shard, the lowest the bucket.
func hash(seed *[2]uint64, k Key) uint64 {
	hi, lo := bits.Mul64(uint64(k)^seed[1], seed[0])
	hi, lo = bits.Mul64(hi^lo, seed[1])
	return hi ^ lo
}

// place is the bucket that a hash leads to.
func place(h uint64, log uint) uint32 {
	return uint32(h>>(64-shardBits))<<(log&31) | uint32(h)&(1<<(log&31)-1)
}

// Find is the entry of a key, or 0.
func (t *Table) Find(k Key) Entry {
	r := t.cur.Load()
	return r.search(k, place(hash(&t.seed, k), r.log))
}

// behind is the bucket behind one, round its shard.
func behind(at uint32, log uint) uint32 {
	mask := uint32(1)<<(log&31) - 1
	return at&^mask | (at+1)&mask
}

// search walks from a bucket on.
func (r *region) search(k Key, at uint32) Entry {
	for range maxProbe {
		b := &r.buckets[at]
		empty := false
		for s := range b.keys {
			switch atomic.LoadUint64(&b.keys[s]) {
			case uint64(k):
				if e := atomic.LoadUint64(&b.entries[s]); e != 0 && atomic.LoadUint64(&b.keys[s]) == uint64(k) { // else it has just gone
					return Entry(e)
				}
			case 0:
				empty = true
			}
		}
		if empty {
			return 0
		}
		at = behind(at, r.log)
	}
	return 0
}

// each calls see with the entries of a bucket until it returns false.
func (b *bucket) each(see func(Key, Entry) bool) bool {
	for i := range b.keys {
		k := atomic.LoadUint64(&b.keys[i])
		if k == 0 || k == grave {
			continue
		}
		if e := atomic.LoadUint64(&b.entries[i]); e != 0 && atomic.LoadUint64(&b.keys[i]) == k && !see(Key(k), Entry(e)) {
			return false
		}
	}
	return true
}

// Buckets are cache lines, and shards do not share any.
var (
	_ [64 - bucketBytes]byte
	_ [bucketBytes - 64]byte
	_ [64 - unsafe.Sizeof(shard{})]byte
	_ [unsafe.Sizeof(shard{}) - 64]byte
)

const bucketBytes = int(unsafe.Sizeof(bucket{}))

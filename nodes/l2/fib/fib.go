// Package fib is the table of MAC addresses of all bridge domains: which port each was heard at.
//
// Terms: a key is a domain's number and an address; an entry is a word that says the port, and when the address was heard. A
// bucket is one cache line: four keys and their entries. A shard is a part of the table that one writer at a
// time may change; it has its own buckets and grows by itself.
//
//	key ──hash──> shard (6 bits) ──> buckets, from the hash's one on, until one that has an empty slot
//
// Readers take no lock and write nothing. Workers learn with TryReplace, which never waits: while somebody else changes the shard
// nothing is learned, and the next frame of the address tries again. The control side waits for its turn, holds a shard for some
// microseconds when it sweeps, and while it copies one that grows.
//
// Invariant: an address is in one slot at most; an entry that a reader is given was its key's. A slot whose key is gone is empty
// only if its bucket had another empty one, else it is left as a grave, which readers walk past and writers use again: so a walk
// ends at the first bucket with an empty slot, and finds all that was put behind a full one.
//
// The table is bounded by whoever calls it: it counts, and Grow makes room, but neither refuses an address for being one too many.
package fib

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// Key is a domain (1 to 65535) and an address: domain<<48 | address, the address's first byte highest. It is never 0.
type Key uint64

// NewKey makes a key of a domain and the first 6 bytes of mac.
func NewKey(domain uint16, mac []byte) Key {
	_ = mac[5]
	return Key(domain)<<48 | Key(binary.BigEndian.Uint16(mac))<<32 | Key(binary.BigEndian.Uint32(mac[2:]))
}

// Domain is the key's domain.
func (k Key) Domain() uint16 { return uint16(k >> 48) }

// MAC is the key's address.
func (k Key) MAC() (mac [6]byte) {
	binary.BigEndian.PutUint16(mac[:], uint16(k>>32))
	binary.BigEndian.PutUint32(mac[2:], uint32(k))
	return mac
}

// Entry is what is known of an address. The zero value stands for none.
//
//	port 16 bits | seen 16 | heard 16 | 0 8 | flags 8
type Entry uint64

// Flags of an Entry.
const (
	Valid   Entry = 1 << iota // every entry has it
	Static                    // neither moved nor aged
	Filter                    // frames from and to it are dropped; it has no port
	BVI                       // it is the bridge's own
	Learned                   // nobody has entered it by hand
	Fresh                     // learned, and nobody has been told of that
	Moved                     // of a Fresh one: it was learned elsewhere before
)

// NewEntry makes an entry with flags, of a port below 65536, heard at a time.
func NewEntry(port uint32, at Time, flags Entry) Entry {
	return Entry(uint16(port))<<48 | Entry(at.seconds)<<32 | Entry(at.ticks)<<16 | flags | Valid
}

// Port is the sw_if_index that frames to the address leave by; NoPort where it has none.
func (e Entry) Port() uint32 { return uint32(e >> 48) }

// NoPort is the Port of a Filter.
const NoPort = 1<<16 - 1

// Is reports whether a flag is set.
func (e Entry) Is(flag Entry) bool { return e&flag != 0 }

// Time is a moment, as entries keep it: seconds, which are enough for ages, and ticks of 17 ms, by which loops are told.
type Time struct{ seconds, ticks uint16 }

const tickBits = 24

// At is a moment of a clock in nanoseconds.
func At(now int64) Time { return Time{uint16(now / 1e9), uint16(now >> tickBits)} }

// Age is how many seconds ago the address was seen, give or take refreshSeconds, if that is less than 18 hours.
func (e Entry) Age(now Time) uint32 { return uint32(now.seconds - uint16(e>>32)) }

// refreshSeconds is how old Age may be before a frame refreshes it. Lower, and every address costs a write a second; higher, and
// ages are less exact.
const refreshSeconds = 4

// Stale says that a frame of the address is to refresh the entry.
func (e Entry) Stale(now Time) bool { return e.Age(now) >= refreshSeconds }

// Expired says that the entry was not used for a number of minutes.
func (e Entry) Expired(now Time, minutes uint8) bool {
	return e.Age(now) >= uint32(minutes)*60+refreshSeconds
}

// HeardNow says that a frame of the address was flooded, or that it came or moved, in this or the last tick: at most 34 ms ago, and
// 17 at least. The same address at another port is a loop then.
func (e Entry) HeardNow(now Time) bool { return now.ticks-uint16(e>>16) <= 1 }

// Refresh is the entry seen now; heard says that it was flooded, too.
func (e Entry) Refresh(now Time, heard bool) Entry {
	e = e&^(0xffff<<32) | Entry(now.seconds)<<32
	if heard {
		e = e&^(0xffff<<16) | Entry(now.ticks)<<16
	}
	return e
}

// Sizes.
const (
	shardBits  = 6
	shardCount = 1 << shardBits
	slots      = 4 // of a bucket
	// minBuckets is what a shard begins with: room for 32768 addresses, in 1 MB for all, before any grows. Lower, and a burst of new
	// addresses comes before the control side has made room; higher, and a small bridge pays.
	minBuckets = 256
	// maxProbe bounds a walk, in buckets. At half load a walk is 1.1 buckets long; this many are met in a shard that is full and
	// waits for Grow.
	maxProbe = 16

	grave = ^uint64(0)
)

// bucket is one cache line.
type bucket struct {
	keys    [slots]uint64
	entries [slots]uint64
}

// region is the buckets of a shard; their number is a power of two.
type region struct{ buckets []bucket }

// shard is a part of the table. held guards writing; cur is published to readers.
type shard struct {
	cur  atomic.Pointer[region]
	held atomic.Uint32
	used atomic.Int32 // slots that are not empty, graves too; written by who holds it
	live atomic.Int32 // entries; written by who holds it
	_    [40]byte
}

// Table is the addresses of all domains. Find may be called by anyone at any time; TryReplace by workers; the rest is the control
// side's.
type Table struct {
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
	for i := range t.shards {
		t.shards[i].cur.Store(&region{make([]bucket, minBuckets)})
	}
	return t
}

// Hash is a key's hash in this table.
func (t *Table) Hash(k Key) uint64 {
	hi, lo := bits.Mul64(uint64(k)^t.seed[1], t.seed[0])
	hi, lo = bits.Mul64(hi^lo, t.seed[1])
	return hi ^ lo
}

func (t *Table) shardOf(h uint64) *shard { return &t.shards[h>>(64-shardBits)] }

// Touch reads the line that Find will need, so that the lines of a vector come at the same time.
func (t *Table) Touch(h uint64) uint64 {
	r := t.shardOf(h).cur.Load()
	if b := r.buckets; len(b) != 0 {
		return atomic.LoadUint64(&b[h&uint64(len(b)-1)].keys[0])
	}
	return 0
}

// Find is the entry of a key, or 0; h is its hash.
func (t *Table) Find(k Key, h uint64) Entry {
	r := t.shardOf(h).cur.Load()
	all := r.buckets
	if len(all) == 0 {
		return 0
	}
	for i := uint64(0); i < maxProbe; i++ {
		b := &all[(h+i)&uint64(len(all)-1)]
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

// Buckets are cache lines.
var (
	_ [64 - bucketBytes]byte
	_ [bucketBytes - 64]byte
)

const bucketBytes = int(unsafe.Sizeof(bucket{}))

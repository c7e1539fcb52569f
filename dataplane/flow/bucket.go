package flow

import (
	"math/bits"
	"unsafe"
)

const (
	lanes      = 8       // flows in a bucket
	link       = lanes   // the index word behind the last lane
	overflow   = 1 << 31 // mark of a link; the rest is the overflow bucket's number
	minBuckets = 512     // of a new table: 32 KiB; at least shardCount
	growAt     = 5       // flows per bucket at which a table grows: 7 % of the buckets then overflow. Low: memory; high: chains
	ones       = 0x0001000100010001
	lows       = 0x7fff * ones
	tops       = 0x8000 * ones
)

// bucket is one cache line. The shard's writer stores all of it, under the lock; readers load fp and index.
//
// Lane s has its fingerprint in word s&1, bits (s>>1)*16 and up: interleaved, so that the bit match finds for a lane
// is turned into its number by a shift and an or, and no bit at all into link.
type bucket struct {
	fp    [2]uint64
	index [lanes + 1]uint32
	links // of the pool while the bucket is retired or free: never what readers follow
	_     [4]byte
}

// match has a bit for every lane that holds the fingerprint of pat, exactly; the lowest is the lowest lane's.
func (b *bucket) match(pat uint64) uint64 {
	x, y := peek64(&b.fp[0])^pat, peek64(&b.fp[1])^pat
	x |= x&lows + lows
	y |= y&lows + lows
	return ^x>>15&ones | ^y>>14&(ones<<1)
}

// first is match of which only the lowest bit counts: cheaper, for a borrow can only make lanes above it look equal.
func (b *bucket) first(pat uint64) uint64 {
	x, y := peek64(&b.fp[0])^pat, peek64(&b.fp[1])^pat
	return (x-ones)&^x&tops>>15 | (y-ones)&^y&tops>>14
}

// lane is the number of the lowest lane in m, link for none.
func lane(m uint64) uintptr {
	p := uintptr(bits.TrailingZeros64(m))
	return p>>3 | p&1
}

// at is the index word of lane s, or link.
func (b *bucket) at(s uintptr) *uint32 {
	return (*uint32)(unsafe.Add(unsafe.Pointer(&b.index), s*4))
}

// set publishes flow i, whose line is complete, in the free lane s.
func (b *bucket) set(s uintptr, i uint32, pat uint64) {
	release32(b.at(s), i)
	b.mark(s, pat)
}

// clear makes lane s free. Its index stays: a reader that has seen the fingerprint may still be on its way there.
func (b *bucket) clear(s uintptr) { b.mark(s, 0) }

func (b *bucket) mark(s uintptr, pat uint64) {
	shift := s >> 1 * 16
	release64(&b.fp[s&1], b.fp[s&1]&^(0xffff<<shift)|pat&(0xffff<<shift))
}

// find is the lane that holds flow i, link if none.
func (b *bucket) find(i uint32, pat uint64) uintptr {
	for m := b.match(pat); m != 0; m &= m - 1 {
		if s := lane(m); *b.at(s) == i {
			return s
		}
	}
	return link
}

// vacant is the first free lane, link if none.
func (b *bucket) vacant() uintptr { return lane(b.match(0)) }

func (b *bucket) empty() bool { return b.fp[0]|b.fp[1] == 0 }

// view is one array of buckets, and the overflow buckets that all views share. It never changes after newView.
type view struct {
	base   unsafe.Pointer
	mask   uint64 // of a hash, gives the byte offset of its bucket
	over   unsafe.Pointer
	region *region
}

// hugePage is what regions are aligned to where they want huge pages, in bytes.
const hugePage = 2 << 20

// newView maps n empty buckets, a power of two.
func newView(n uint64, over unsafe.Pointer) (*view, error) {
	r, err := reserve(uintptr(n)*unsafe.Sizeof(bucket{}), true)
	if err != nil {
		return nil, err
	}
	return &view{base: r.base, mask: (n - 1) * uint64(unsafe.Sizeof(bucket{})), over: over, region: r}, nil
}

// buckets is their number.
func (v *view) buckets() uint64 { return v.mask/uint64(unsafe.Sizeof(bucket{})) + 1 }

// bucket is the bucket of hash h.
func (v *view) bucket(h uint64) *bucket { return (*bucket)(unsafe.Add(v.base, uintptr(h&v.mask))) }

// linked is the overflow bucket that link word l names; nil for 0.
func (v *view) linked(l uint32) *bucket {
	if l == 0 {
		return nil
	}
	return v.spare(l &^ overflow)
}

// spare is overflow bucket number o.
func (v *view) spare(o uint32) *bucket {
	return (*bucket)(unsafe.Add(v.over, uintptr(o)*unsafe.Sizeof(bucket{})))
}

// A bucket is one cache line, no more, no less.
var _ [64 - unsafe.Sizeof(bucket{})]byte
var _ [unsafe.Sizeof(bucket{}) - 64]byte

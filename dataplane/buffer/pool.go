// Package buffer is packet memory: fixed-size buffers inside one arena, each named by a 32-bit Index.
//
// Terms: the arena is one mapping of n buffers of equal size; a buffer holds the bytes of one packet, starting at
// Meta.Off so that a header can be prepended; Meta is the one cache line of facts kept about a packet, in an array
// parallel to the arena; a Cache is a worker's own supply of free buffers.
//
//	arena   | buffer 0 | buffer 1 | …           index b ↔ bytes [b*size, (b+1)*size)
//	meta    | Meta 0   | Meta 1   | …           one 64-byte line each
//	free    head → chain of buffers → chain of buffers → …      shared, lock-free
//	cache   up to cacheSize indices, one owner
//
// Invariant: every buffer is at any moment in exactly one place: the shared free list, one Cache, or with one owner
// (a frame, a port's ring, the caller of Alloc). Build with -tags gvppdebug to have freed buffers poisoned and a double
// free panic; Pool.InUse tells a test what leaked.
//
// The package knows nothing of packets' contents, ports or nodes. The collector never scans any of this memory.
package buffer

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Index names a buffer of a Pool: 0 <= Index < Pool.Len().
type Index = uint32

// None is no buffer.
const None Index = 1<<32 - 1

// Headroom is the number of bytes before a received packet, in the arena of every port: what the kernel reserves
// (XDP_PACKET_HEADROOM) in an AF_XDP frame. See Pool.Room.
const Headroom = 256

// Sizes that New accepts, in bytes. AF_XDP itself takes 2048 and 4096 only; larger ones serve replay.
const (
	MinSize = 2048
	MaxSize = 1 << 17
)

// Pool is an arena of buffers and the shared list of the free ones. Bytes, Meta and the Cache methods are for the
// packet path; any goroutine may use a Pool, one goroutine at a time may use a Cache.
type Pool struct {
	mem   []byte
	meta  []Meta
	shift uint
	free  freeList
	debug debugState

	mu     sync.Mutex
	caches []*Cache // guarded by mu
}

// New maps an arena of n buffers of size bytes each (a power of two from MinSize to MaxSize), huge pages where the
// kernel grants them.
func New(n, size int) (*Pool, error) {
	if size < MinSize || size > MaxSize || size&(size-1) != 0 {
		return nil, fmt.Errorf("buffer: size %d: want a power of two from %d to %d", size, MinSize, MaxSize)
	}
	if n < 1 || int64(n) >= int64(None) {
		return nil, fmt.Errorf("buffer: count %d: want at least 1 and fewer than 2^32-1", n)
	}
	mem, err := unix.Mmap(-1, 0, n*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("buffer: mapping %d buffers of %d bytes (%d MiB): %w; use fewer buffers", n, size, n*size>>20, err)
	}
	_ = unix.Madvise(mem, unix.MADV_HUGEPAGE) // a wish: 4 KiB pages work too
	p := &Pool{mem: mem, meta: make([]Meta, n), shift: uint(bits.TrailingZeros(uint(size)))}
	p.debug.init(n)
	p.free.init(n)
	return p, nil
}

// Close unmaps the arena. Nobody may touch a buffer afterwards.
func (p *Pool) Close() error { return unix.Munmap(p.mem) }

// Len is the number of buffers.
func (p *Pool) Len() int { return len(p.meta) }

// Size is the number of bytes of one buffer.
func (p *Pool) Size() int { return 1 << p.shift }

// Shift is log2 of Size: byte offset in the arena = index << Shift.
func (p *Pool) Shift() uint { return p.shift }

// Room is the longest packet, in bytes, that fits behind Headroom and that Meta.Len can tell.
func (p *Pool) Room() int { return min(p.Size()-Headroom, maxPacket) }

// Arena is the memory of all buffers, Len()*Size() bytes. A driver that needs the memory registered with the kernel may
// replace the pages behind these addresses while the workers are held; the addresses never change.
func (p *Pool) Arena() []byte { return p.mem }

// Meta is the metadata of b.
func (p *Pool) Meta(b Index) *Meta { return &p.meta[b] }

// Bytes is the packet in b: the view that nodes read, cut to the packet's length.
func (p *Pool) Bytes(b Index) []byte {
	m := &p.meta[b]
	start := int(b)<<p.shift + int(m.Off)
	return p.mem[start : start+int(m.Len) : start+int(m.Len)]
}

// Frame is all memory of b, headroom included.
func (p *Pool) Frame(b Index) []byte {
	start := int(b) << p.shift
	return p.mem[start : start+1<<p.shift : start+1<<p.shift]
}

// Put makes packet the contents of b, behind Headroom, with fresh metadata. It reports false where packet is longer
// than Room.
func (p *Pool) Put(b Index, packet []byte) bool {
	if len(packet) > p.Room() {
		return false
	}
	copy(p.Frame(b)[Headroom:], packet)
	p.meta[b] = Meta{Off: Headroom, Len: uint16(len(packet))}
	return true
}

const maxPacket = 1<<16 - 1 // Meta.Len

// InUse is the number of buffers that are in no cache and not on the shared list. It is exact while nothing runs.
func (p *Pool) InUse() int {
	n := p.Len() - p.Shared()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.caches {
		n -= c.n
	}
	return n
}

// Shared is the number of free buffers that are in no cache. Any goroutine may ask.
func (p *Pool) Shared() int { return int(p.free.avail.Load()) }

// freeList is a lock-free stack of chains of buffers. A chain is popped and pushed whole, so that a worker's refill
// costs one compare-and-swap however many buffers it moves.
type freeList struct {
	head  atomic.Uint64   // tag<<32 | first buffer of the top chain, the tag against ABA
	chain []atomic.Uint32 // by first buffer of a chain: first buffer of the chain below it
	size  []uint32        // by first buffer of a chain: its number of buffers
	next  []uint32        // by buffer: the next one of its chain
	avail atomic.Int64    // buffers on the list, give or take a push or pop under way
}

// chainLen is how many buffers New puts in a chain and a Cache moves at once.
const chainLen = 256

func (l *freeList) init(n int) {
	l.chain, l.size, l.next = make([]atomic.Uint32, n), make([]uint32, n), make([]uint32, n)
	l.head.Store(uint64(None))
	var c [chainLen]Index
	for b := n; b > 0; { // pushed from the end: low indices are handed out first
		k := min(b, chainLen)
		for i := range c[:k] {
			c[i] = Index(b - k + i)
		}
		l.push(c[:k])
		b -= k
	}
}

func (l *freeList) push(bufs []Index) {
	first := bufs[0]
	for i := 1; i < len(bufs); i++ {
		l.next[bufs[i-1]] = bufs[i]
	}
	l.size[first] = uint32(len(bufs))
	l.avail.Add(int64(len(bufs)))
	for {
		old := l.head.Load()
		l.chain[first].Store(uint32(old))
		if l.head.CompareAndSwap(old, (old>>32+1)<<32|uint64(first)) {
			return
		}
	}
}

// pop moves the top chain into dst, which must hold the longest chain, and returns its length; 0 if there is none.
func (l *freeList) pop(dst []Index) int {
	for {
		old := l.head.Load()
		first := uint32(old)
		if first == None {
			return 0
		}
		if !l.head.CompareAndSwap(old, (old>>32+1)<<32|uint64(l.chain[first].Load())) {
			continue
		}
		n := int(l.size[first])
		l.avail.Add(-int64(n))
		for i, b := 0, first; i < n; i, b = i+1, l.next[b] {
			dst[i] = b
		}
		return n
	}
}

// The metadata of a packet is one cache line, no more, no less.
var _ [64 - unsafe.Sizeof(Meta{})]byte
var _ [unsafe.Sizeof(Meta{}) - 64]byte

package afxdp

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is what all four rings share: the index words in memory shared with the kernel and our view of them. Of producer
// and consumer one is written by us and one by the kernel; flags is the kernel's. The cached fields are the owner's.
type ring struct {
	producer *uint32
	consumer *uint32
	flags    *uint32
	mask     uint32 // entries-1

	cachedProducer uint32
	cachedConsumer uint32
}

// newRing finds the index words of a ring of the given entries within its mapping.
func newRing(mem []byte, off unix.XDPRingOffset, entries uint32) ring {
	r := ring{
		producer: (*uint32)(unsafe.Pointer(&mem[off.Producer])),
		consumer: (*uint32)(unsafe.Pointer(&mem[off.Consumer])),
		flags:    (*uint32)(unsafe.Pointer(&mem[off.Flags])),
		mask:     entries - 1,
	}
	r.cachedProducer = atomic.LoadUint32(r.producer)
	r.cachedConsumer = atomic.LoadUint32(r.consumer)
	return r
}

// descriptors is the array of entries of a ring within its mapping.
func descriptors[T any](mem []byte, off unix.XDPRingOffset, entries uint32) []T {
	var entry T
	_ = mem[off.Desc+uint64(entries)*uint64(unsafe.Sizeof(entry))-1]
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[off.Desc])), entries)
}

// room is how many entries a ring that we produce can take, looking at the kernel's index only if fewer than want are
// known to be free.
func (r *ring) room(want uint32) uint32 {
	free := r.mask + 1 - (r.cachedProducer - r.cachedConsumer)
	if free < want {
		r.cachedConsumer = atomic.LoadUint32(r.consumer)
		free = r.mask + 1 - (r.cachedProducer - r.cachedConsumer)
	}
	return min(free, want, r.mask+1) // the last against an index that the kernel would have to corrupt
}

// ready is how many entries wait in a ring that we consume, at most want.
func (r *ring) ready(want uint32) uint32 {
	n := r.cachedProducer - r.cachedConsumer
	if n < want {
		r.cachedProducer = atomic.LoadUint32(r.producer)
		n = r.cachedProducer - r.cachedConsumer
	}
	return min(n, want, r.mask+1)
}

// publish makes the entries we produced visible to the kernel.
func (r *ring) publish() { atomic.StoreUint32(r.producer, r.cachedProducer) }

// release gives n entries that we have read back to the kernel.
func (r *ring) release(n uint32) {
	r.cachedConsumer += n
	atomic.StoreUint32(r.consumer, r.cachedConsumer)
}

// needWakeup reports whether the kernel waits for a system call before it looks at the ring.
func (r *ring) needWakeup() bool { return atomic.LoadUint32(r.flags)&unix.XDP_RING_NEED_WAKEUP != 0 }

// mapRing maps one ring of the socket fd.
func mapRing(fd int, pgoff int64, off unix.XDPRingOffset, entries uint32, entrySize uintptr) ([]byte, error) {
	return unix.Mmap(fd, pgoff, int(off.Desc+uint64(entries)*uint64(entrySize)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
}

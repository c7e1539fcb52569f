package graph

import (
	"math/bits"
	"sync/atomic"
)

// slotRing passes numbers of slots from one goroutine to another. It has room for all of them, so push never fails.
//
//	producer: ring[tail], tail++ ──> consumer: ring[head], head++
type slotRing struct {
	head atomic.Uint32 // the consumer's
	_    [60]byte
	tail atomic.Uint32 // the producer's
	_    [60]byte
	ring []int32 // a power of two
}

func (r *slotRing) init(slots int) { r.ring = make([]int32, 1<<bits.Len(uint(slots-1))) }

func (r *slotRing) push(slot int32) {
	t := r.tail.Load()
	r.ring[t&uint32(len(r.ring)-1)] = slot
	r.tail.Store(t + 1)
}

func (r *slotRing) pop() (slot int32, ok bool) {
	h := r.head.Load()
	if h == r.tail.Load() {
		return 0, false
	}
	slot = r.ring[h&uint32(len(r.ring)-1)]
	r.head.Store(h + 1)
	return slot, true
}

package afxdp

import "golang.org/x/sys/unix"

// fillQueue is the fill ring: we tell the kernel which frames it may receive into. Producer: us; consumer: the kernel.
// Protocol: Reserve, Set each position, Submit.
type fillQueue struct {
	ring
	addrs []uint64
}

func newFillQueue(mem []byte, off unix.XDPRingOffset, entries uint32) fillQueue {
	return fillQueue{ring: newRing(mem, off, entries), addrs: descriptors[uint64](mem, off, entries)}
}

// Reserve returns how many positions are free, at most want, and the first of them. It takes nothing: Submit does.
func (q *fillQueue) Reserve(want uint32) (n, first uint32) { return q.room(want), q.cachedProducer }

// Set writes a frame address to a reserved position.
func (q *fillQueue) Set(at uint32, addr uint64) { q.addrs[at&q.mask] = addr }

// Submit hands the first n reserved positions to the kernel.
func (q *fillQueue) Submit(n uint32) {
	q.cachedProducer += n
	q.publish()
}

// NeedWakeup reports whether the kernel has stopped receiving for want of frames and waits for a system call.
func (q *fillQueue) NeedWakeup() bool { return q.needWakeup() }

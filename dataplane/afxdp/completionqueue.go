package afxdp

import "golang.org/x/sys/unix"

// completionQueue is the completion ring: the kernel tells which frames have been sent. Producer: the kernel; consumer:
// us. Protocol: Peek, Addr of each, Release of all that Peek gave.
type completionQueue struct {
	ring
	addrs []uint64
}

func newCompletionQueue(mem []byte, off unix.XDPRingOffset, entries uint32) completionQueue {
	return completionQueue{ring: newRing(mem, off, entries), addrs: descriptors[uint64](mem, off, entries)}
}

// Peek returns how many frames have been sent, at most want, and the position of the first.
func (q *completionQueue) Peek(want uint32) (n, first uint32) { return q.ready(want), q.cachedConsumer }

// Addr is the frame address at a position that Peek gave, as it was in the TX ring.
func (q *completionQueue) Addr(at uint32) uint64 { return q.addrs[at&q.mask] }

// Release gives the first n positions back to the kernel. The frames they named are the caller's.
func (q *completionQueue) Release(n uint32) { q.release(n) }

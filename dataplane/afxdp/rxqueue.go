package afxdp

import "golang.org/x/sys/unix"

// rxQueue is the RX ring: the kernel tells which frames it has filled with packets. Producer: the kernel; consumer: us.
// Protocol: Peek, Desc of each, Release of all that Peek gave.
type rxQueue struct {
	ring
	descs []unix.XDPDesc
}

func newRxQueue(mem []byte, off unix.XDPRingOffset, entries uint32) rxQueue {
	return rxQueue{ring: newRing(mem, off, entries), descs: descriptors[unix.XDPDesc](mem, off, entries)}
}

// Peek returns how many packets wait, at most want, and the position of the first.
func (q *rxQueue) Peek(want uint32) (n, first uint32) { return q.ready(want), q.cachedConsumer }

// Desc is the packet at a position that Peek gave.
func (q *rxQueue) Desc(at uint32) unix.XDPDesc { return q.descs[at&q.mask] }

// Release gives the first n positions back to the kernel. The frames they named are the caller's.
func (q *rxQueue) Release(n uint32) { q.release(n) }

package afxdp

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// txQueue is the TX ring: we tell the kernel which frames to send. Producer: us; consumer: the kernel.
// Protocol: Reserve, Set each position, Queue, any number of times; then Publish, and a kick while Pending and NeedWakeup.
//
// A frame that the kernel has not consumed can be taken back by Cancel, where the kernel reads the ring only in our own
// system calls (copy mode). The index cannot be wound back, as the kernel may have read it; the entry is made invalid
// instead, and the kernel skips it: all at once or one a kick, in silence or (6.18 does) by completing it unsent.
type txQueue struct {
	ring
	descs     []unix.XDPDesc
	cancelled uint32 // producer index up to which unconsumed entries are invalid
	invalid   uint64 // number of entries made invalid
}

// invalidDesc is rejected by every kernel: beyond any UMEM, no length, unknown options.
var invalidDesc = unix.XDPDesc{Addr: 1 << 63, Len: 0, Options: 1 << 31}

func newTxQueue(mem []byte, off unix.XDPRingOffset, entries uint32) txQueue {
	q := txQueue{ring: newRing(mem, off, entries), descs: descriptors[unix.XDPDesc](mem, off, entries)}
	q.cancelled = q.cachedProducer
	return q
}

// Reserve returns how many positions are free, at most want, and the first of them. It takes nothing: Queue does.
func (q *txQueue) Reserve(want uint32) (n, first uint32) { return q.room(want), q.cachedProducer }

// Set writes a packet to a reserved position.
func (q *txQueue) Set(at uint32, addr uint64, length uint32) {
	q.descs[at&q.mask] = unix.XDPDesc{Addr: addr, Len: length}
}

// Queue takes the first n reserved positions. The kernel sees them after Publish.
func (q *txQueue) Queue(n uint32) { q.cachedProducer += n }

// Publish shows the kernel all that was queued, if that is news.
func (q *txQueue) Publish() {
	if atomic.LoadUint32(q.producer) != q.cachedProducer {
		q.publish()
	}
}

// Pending is how many entries the kernel has not consumed.
func (q *txQueue) Pending() uint32 {
	q.cachedConsumer = atomic.LoadUint32(q.consumer)
	return q.cachedProducer - q.cachedConsumer
}

// Live reports whether a pending entry is a packet rather than a cancelled one.
func (q *txQueue) Live() bool { return q.Pending() != 0 && q.cachedProducer != q.cancelled }

// NeedWakeup reports whether the kernel waits for a kick before it looks at the ring.
func (q *txQueue) NeedWakeup() bool { return q.needWakeup() }

// Cancel makes up to len(addrs) pending entries invalid, the oldest first, stores their frame addresses in addrs and
// returns their number: 0 when none is left. The frames are the caller's.
func (q *txQueue) Cancel(addrs []uint64) (n int) {
	at := q.cachedProducer - q.Pending()
	for ; at != q.cachedProducer && n < len(addrs); at++ {
		d := &q.descs[at&q.mask]
		if *d == invalidDesc {
			continue
		}
		addrs[n] = d.Addr
		*d = invalidDesc
		n++
	}
	if at == q.cachedProducer {
		q.cancelled = at
	}
	q.invalid += uint64(n)
	return n
}

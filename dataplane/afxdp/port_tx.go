package afxdp

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Bounds of one Flush.
const (
	// maxKicks: a full default ring with the kernel's smallest budget (32 packets a kick). Lower, and Flush asks to be
	// called again needlessly; higher, and a stuck device keeps its worker from its other ports.
	maxKicks = 64
	// maxBusy packets may be refused one by one, with none between them sent, by a peer that is down or out of memory
	// before the rest is dropped. Higher, and each costs a system call; lower, and a moment's shortage drops a ring.
	maxBusy = 16
	// maxStuck kicks may leave the ring as it was, as they do while the device's own queue is full, and on some kernels
	// one by one while they skip cancelled entries. Higher, and system calls are wasted; lower, and sending is put off.
	maxStuck = 2
)

// Tx implements port.Port. A packet that cannot be sent, because it is empty or reaches beyond its buffer, is taken and
// freed: the caller's count of packets sent includes it, and the port's txInvalid says how many to subtract.
func (p *queuePort) Tx(src []buffer.Index) (taken int) {
	if p.dead {
		return 0
	}
	n, first := p.s.tx.Reserve(uint32(len(src)))
	p.refused = int(n) < len(src)
	src = src[:n]
	at, size := first, uint(1)<<p.shift
	for i, b := range src {
		m := p.pool.Meta(b)
		if m.Len == 0 || uint(m.Off)+uint(m.Len) > size { // the kernel would keep it for ever
			p.count.txInvalid.Add(1)
			p.cache.Free(src[i : i+1])
			continue
		}
		p.txSet.add(b)
		p.s.tx.Set(at, uint64(b)<<p.shift+uint64(m.Off), uint32(m.Len))
		at++
	}
	p.s.tx.Queue(at - first)
	p.txHeld += int(at - first)
	return int(n)
}

// send kicks until the TX ring is drained, within bounds, and reports whether something is left in it.
func (p *queuePort) send() (again bool) {
	busy, stuck := 0, 0
	clear := p.refused // cancelled entries are in the way of packets
	p.refused = false
	for range maxKicks {
		before := p.s.tx.Pending()
		if before == 0 || p.dead || !p.s.tx.Live() && !clear {
			return false
		}
		if !p.s.tx.NeedWakeup() {
			return true // the driver is at it
		}
		errno := p.s.kick()
		reaped := p.reap()
		over, again := p.sendError(errno)
		consumed := int(before - p.s.tx.Pending())
		if busy = refusedInRow(busy, errno, max(consumed, reaped)); busy == maxBusy {
			p.cancel()
			return false
		}
		if consumed == 0 && errno != unix.EBUSY { // EBUSY has consumed one, though not every kernel shows it at once
			stuck++
		}
		if over || stuck == maxStuck {
			return again
		}
	}
	return p.s.tx.Live()
}

// refusedInRow is how many packets the kernel has refused one after the other: busy of them before a kick that returned
// errno and by which went packets left the ring, sent or refused. A kernel that shows late what it has consumed is known
// by what it has completed.
func refusedInRow(busy int, errno syscall.Errno, went int) int {
	refused := 0
	if errno == unix.EBUSY {
		refused = 1
	}
	if went > refused { // the others were sent: it is these packets, too long perhaps, and not the peer
		busy = 0
	}
	return busy + refused
}

// sendError deals with what a kick returned. It reports whether this Flush should kick no more, and whether a later one
// should.
func (p *queuePort) sendError(errno syscall.Errno) (over, again bool) {
	switch errno {
	case 0: // a zero-copy driver has been woken; a copying kernel has sent all, or up to a cancelled entry
		return p.zeroCopy, p.s.tx.Live()
	case unix.EAGAIN, unix.EINTR: // the budget is spent, or the device's queue is full
		return false, true
	case unix.EBUSY: // one packet was consumed and dropped
		p.count.txBusy.Add(1)
		return false, true
	case unix.ENOBUFS, unix.ENOMEM:
		p.count.txNoMemory.Add(1)
		return true, true
	case unix.ENETDOWN: // what stays in the ring would leave, stale, once the link is up
		p.count.txLinkDown.Add(1)
	case unix.ENXIO, unix.ENODEV:
		p.count.txGone.Add(1)
		p.dead = true
	default:
		p.count.txError.Add(1)
	}
	p.cancel()
	return true, false
}

// reap takes back the buffers of packets that have left, and returns their number.
func (p *queuePort) reap() (reaped int) {
	for {
		n, first := p.s.comp.Peek(vectorLen)
		if n == 0 {
			return reaped
		}
		k := 0
		for at := first; at != first+n; at++ {
			addr := p.s.comp.Addr(at)
			if addr == invalidDesc.Addr {
				continue // a cancelled entry: this kernel completes them, others only skip them
			}
			b := addr >> p.shift
			if !p.txSet.take(b) {
				p.count.foreign.Add(1)
				continue
			}
			p.scratch[k] = buffer.Index(b)
			k++
		}
		p.s.comp.Release(n)
		p.txHeld -= k
		reaped += k
		p.cache.Free(p.scratch[:k])
	}
}

// cancel drops what the kernel has not taken from the TX ring. A zero-copy driver reads the ring whenever it likes, so
// there the packets stay. Some kernels show late what they have consumed: what was reaped meanwhile is no longer the
// ring's, whatever the entry says, and is left alone.
func (p *queuePort) cancel() {
	if p.zeroCopy {
		return
	}
	for {
		n := p.s.tx.Cancel(p.cancelling[:])
		if n == 0 {
			return
		}
		k := 0
		for _, addr := range p.cancelling[:n] {
			if b := addr >> p.shift; p.txSet.take(b) {
				p.scratch[k] = buffer.Index(b)
				k++
			}
		}
		p.txHeld -= k
		p.count.txCancelled.Add(uint64(k))
		p.cache.Free(p.scratch[:k])
	}
}

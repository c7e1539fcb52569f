package afxdp

import (
	"math/bits"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// vectorLen is how many buffers the port moves at a time between the rings and the cache: the graph's vector.
const vectorLen = 256

// supplyBatch is how many buffers the receive side must lack before it is supplied. Lower, and an idle worker pays an
// exchange of the ring index for single packets; higher, and small rings run empty.
const supplyBatch = 32

// queuePort is one queue of a device: a port.Port. All fields are the owner's but for the counters, which any goroutine
// may read, and for s, which is closed by the control side after the owner has let go.
type queuePort struct {
	s        *socket
	pool     *buffer.Pool
	shift    uint
	cache    *buffer.Cache
	register func() error // makes the kernel redirect the queue's packets here

	rxSet      heldSet // buffers in the fill ring, the kernel's receive side and the RX ring
	txSet      heldSet // buffers in the TX ring, on their way and in the completion ring
	rxHeld     int     // how many rxSet has
	txHeld     int     // how many txSet has
	rxTarget   int     // what rxHeld should be
	zeroCopy   bool
	dead       bool // the interface is gone for good
	refused    bool // the TX ring was full at the last Tx
	count      counters
	scratch    [vectorLen]buffer.Index
	cancelling [vectorLen]uint64
}

// counters are what can go wrong below the graph. Written by the owner, and only when it does.
type counters struct {
	txBusy, txLinkDown, txGone, txNoMemory, txError, txInvalid, txCancelled atomic.Uint64
	rxNoBuffers, rxInvalid, foreign, registerFailed                         atomic.Uint64
}

// heldSet is a bit per buffer of the pool: those that one direction of the port has. There is one for each, since a TX
// entry may still name a buffer that has come back and gone on to the receive side (see cancel).
type heldSet []uint64

func newHeldSet(n int) heldSet { return make(heldSet, (n+63)/64) }

func (h heldSet) add(b buffer.Index) { h[b/64] |= 1 << (b % 64) }

// take removes b and reports whether it was there; b may be any number.
func (h heldSet) take(b uint64) bool {
	if b/64 >= uint64(len(h)) || h[b/64]&(1<<(b%64)) == 0 {
		return false
	}
	h[b/64] &^= 1 << (b % 64)
	return true
}

// all stores the held buffers in dst.
func (h heldSet) all(dst []buffer.Index) []buffer.Index {
	for i, word := range h {
		for ; word != 0; word &= word - 1 {
			dst = append(dst, buffer.Index(i*64+bits.TrailingZeros64(word)))
		}
	}
	return dst
}

// Bind implements port.Port. Until then the host gets the queue's packets.
func (p *queuePort) Bind(c *buffer.Cache) {
	p.cache = c
	for before := -1; p.rxHeld < p.rxTarget && p.rxHeld != before; {
		before = p.rxHeld
		p.supply(1)
	}
	if p.register() != nil {
		p.count.registerFailed.Add(1)
	}
}

// FD implements port.Port.
func (p *queuePort) FD() int { return p.s.fd }

// Rx implements port.Port.
func (p *queuePort) Rx(dst []buffer.Index) (got int) {
	n, first := p.s.rx.Peek(uint32(len(dst)))
	if n == 0 {
		return 0
	}
	dst = dst[:n]
	size := uint64(1) << p.shift
	bad := 0
	for at := first; at != first+n; at++ {
		d := p.s.rx.Desc(at)
		b := d.Addr >> p.shift
		if !p.rxSet.take(b) {
			p.count.foreign.Add(1)
			continue
		}
		off := d.Addr & (size - 1)
		if off+uint64(d.Len) > size {
			p.count.rxInvalid.Add(1)
			p.scratch[0] = buffer.Index(b)
			p.cache.Free(p.scratch[:1])
			bad++
			continue
		}
		*p.pool.Meta(buffer.Index(b)) = buffer.Meta{Off: uint16(off), Len: uint16(d.Len)}
		dst[got] = buffer.Index(b)
		got++
	}
	p.s.rx.Release(n)
	p.rxHeld -= got + bad
	return got
}

// supply gives the kernel buffers to receive into, if at least batch are missing.
func (p *queuePort) supply(batch int) {
	want := min(p.rxTarget-p.rxHeld, vectorLen)
	if want < batch || p.dead {
		return
	}
	n, first := p.s.fill.Reserve(uint32(want))
	bufs := p.scratch[:p.cache.Alloc(p.scratch[:n])]
	if len(bufs) < int(n) {
		p.count.rxNoBuffers.Add(1)
	}
	if len(bufs) == 0 {
		return
	}
	for i, b := range bufs {
		p.rxSet.add(b)
		p.s.fill.Set(first+uint32(i), uint64(b)<<p.shift)
	}
	p.s.fill.Submit(uint32(len(bufs)))
	p.rxHeld += len(bufs)
}

// Flush implements port.Port.
func (p *queuePort) Flush() (again bool) {
	p.s.tx.Publish()
	if p.txHeld != 0 || p.refused {
		again = p.send()
		p.reap()
	}
	p.supply(min(supplyBatch, p.rxTarget/2))
	if p.s.fill.NeedWakeup() && !p.dead {
		p.s.wakeRx()
	}
	// With nothing to receive into no packet would ever wake the worker: it has to look for buffers itself.
	return again || p.rxHeld == 0 && p.rxTarget > 0 && !p.dead
}

// Stats implements port.Port.
func (p *queuePort) Stats(emit func(name string, value uint64)) {
	k := p.s.statistics()
	c := &p.count
	cancelled := c.txCancelled.Load()
	emit("rx dropped by the kernel", k.Rx_dropped)
	emit("rx ring full", k.Rx_ring_full)
	emit("rx no buffer in the fill ring", k.Rx_fill_ring_empty_descs)
	emit("rx invalid fill entry", k.Rx_invalid_descs)
	emit("rx pool empty", c.rxNoBuffers.Load())
	emit("rx packet beyond its buffer", c.rxInvalid.Load())
	emit("rx queue not registered", c.registerFailed.Load())
	emit("tx peer busy or down", c.txBusy.Load())
	emit("tx link down", c.txLinkDown.Load())
	emit("tx interface gone", c.txGone.Load())
	emit("tx kernel out of memory", c.txNoMemory.Load())
	emit("tx other error", c.txError.Load())
	emit("tx packets cancelled", cancelled)
	emit("tx packet without length", c.txInvalid.Load())
	emit("tx invalid entry", k.Tx_invalid_descs-min(k.Tx_invalid_descs, cancelled))
	emit("ring names a foreign buffer", c.foreign.Load())
}

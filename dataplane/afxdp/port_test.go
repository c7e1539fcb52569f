package afxdp

import (
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

func TestPortForwards(t *testing.T) {
	k := newFakeKernel(t)
	var vec [vectorLen]buffer.Index
	for round := range 50 {
		k.receive(round%testEntries, 60)
		k.pool.Meta(3).Rule = 99 // stale metadata of a reused buffer
		n := k.port.Rx(vec[:])
		if n != round%testEntries {
			t.Fatalf("received %d of %d", n, round%testEntries)
		}
		for _, b := range vec[:n] {
			if m := *k.pool.Meta(b); m != (buffer.Meta{Off: buffer.Headroom, Len: 60}) {
				t.Fatalf("metadata %+v", m)
			}
		}
		if taken := k.port.Tx(vec[:n]); taken != n {
			t.Fatalf("took %d of %d", taken, n)
		}
		k.port.Flush()
		if sent := k.transmit(); sent != n {
			t.Fatalf("sent %d of %d", sent, n)
		}
		k.port.Flush()
		if k.port.txHeld != 0 {
			t.Fatalf("%d packets not reaped", k.port.txHeld)
		}
	}
	k.end(t)
}

func TestPortAllocatesNothing(t *testing.T) {
	k := newFakeKernel(t)
	var vec [vectorLen]buffer.Index
	got := testing.AllocsPerRun(1000, func() {
		k.receive(20, 60)
		n := k.port.Rx(vec[:])
		k.port.Tx(vec[:n])
		k.port.Flush()
		k.transmit()
		k.port.Flush()
	})
	if got != 0 {
		t.Errorf("%v allocations a turn", got)
	}
	k.end(t)
}

func TestPortTakesNoMoreThanTheRing(t *testing.T) {
	k := newFakeKernel(t)
	var vec [100]buffer.Index
	k.cache.Alloc(vec[:])
	for _, b := range vec {
		k.pool.Put(b, make([]byte, 60))
	}
	if n := k.port.Tx(vec[:]); n != testEntries {
		t.Errorf("took %d into a ring of %d", n, testEntries)
	}
	k.cache.Free(vec[testEntries:])
	if k.port.Flush(); k.transmit() != testEntries {
		t.Error("not all were sent")
	}
	k.end(t)
}

func TestPortDropsWhatTheKernelWouldKeep(t *testing.T) {
	k := newFakeKernel(t)
	var vec [3]buffer.Index
	k.cache.Alloc(vec[:])
	*k.pool.Meta(vec[0]) = buffer.Meta{Off: 256, Len: 0}
	*k.pool.Meta(vec[1]) = buffer.Meta{Off: 2000, Len: 49}
	*k.pool.Meta(vec[2]) = buffer.Meta{Off: 2000, Len: 48}
	if n := k.port.Tx(vec[:]); n != 3 {
		t.Errorf("took %d of 3", n)
	}
	k.port.Flush()
	if n := k.transmit(); n != 1 || k.port.count.txInvalid.Load() != 2 {
		t.Errorf("sent %d, counted %d", n, k.port.count.txInvalid.Load())
	}
	k.end(t)
}

// A ring that names what the port does not hold must not hand out or free anything.
func TestPortIgnoresForeignBuffers(t *testing.T) {
	k := newFakeKernel(t)
	var vec [vectorLen]buffer.Index
	for i, addr := range []uint64{1 << 40, 1023 << 11, 1<<64 - 1} {
		k.port.s.rx.descs[(*k.rx.producer()+uint32(i))%testEntries] = unix.XDPDesc{Addr: addr, Len: 60}
		k.port.s.comp.addrs[(*k.comp.producer()+uint32(i))%testEntries] = addr
	}
	*k.rx.producer() += 3
	*k.comp.producer() += 3
	if n := k.port.Rx(vec[:]); n != 0 {
		t.Errorf("received %d foreign packets", n)
	}
	k.port.reap()
	if n := k.port.count.foreign.Swap(0); n != 6 {
		t.Errorf("counted %d of 6", n)
	}
	k.end(t)
}

func TestPortWithEmptyPool(t *testing.T) {
	k := newFakeKernel(t)
	hoard := make([]buffer.Index, 1024)
	hoard = hoard[:k.cache.Alloc(hoard)]
	var vec [vectorLen]buffer.Index
	k.receive(testEntries, 60)
	n := k.port.Rx(vec[:])
	k.port.Flush() // nothing to supply
	if k.port.count.rxNoBuffers.Load() == 0 || k.port.rxHeld != 0 {
		t.Errorf("the port holds %d", k.port.rxHeld)
	}
	k.cache.Free(hoard)
	k.port.Flush()
	if k.port.rxHeld != testEntries {
		t.Errorf("the port holds %d once there are buffers", k.port.rxHeld)
	}
	k.cache.Free(vec[:n])
	k.end(t)
}

func TestSendErrors(t *testing.T) {
	for _, c := range []struct {
		errno         syscall.Errno
		over, again   bool
		cancels, dead bool
		count         func(*counters) *atomic.Uint64
	}{
		{errno: 0, again: true},
		{errno: unix.EAGAIN, again: true},
		{errno: unix.EINTR, again: true},
		{errno: unix.EBUSY, again: true, count: func(c *counters) *atomic.Uint64 { return &c.txBusy }},
		{errno: unix.ENOBUFS, over: true, again: true, count: func(c *counters) *atomic.Uint64 { return &c.txNoMemory }},
		{errno: unix.ENOMEM, over: true, again: true, count: func(c *counters) *atomic.Uint64 { return &c.txNoMemory }},
		{errno: unix.ENETDOWN, over: true, cancels: true, count: func(c *counters) *atomic.Uint64 { return &c.txLinkDown }},
		{errno: unix.ENXIO, over: true, cancels: true, dead: true, count: func(c *counters) *atomic.Uint64 { return &c.txGone }},
		{errno: unix.ENODEV, over: true, cancels: true, dead: true, count: func(c *counters) *atomic.Uint64 { return &c.txGone }},
		{errno: unix.EINVAL, over: true, cancels: true, count: func(c *counters) *atomic.Uint64 { return &c.txError }},
		{errno: unix.EMSGSIZE, over: true, cancels: true, count: func(c *counters) *atomic.Uint64 { return &c.txError }},
	} {
		t.Run(unix.ErrnoName(c.errno), func(t *testing.T) {
			k := newFakeKernel(t)
			k.completes = c.errno == unix.ENETDOWN
			k.queue(10)
			over, again := k.port.sendError(c.errno)
			if over != c.over || again != c.again || k.port.dead != c.dead || (k.port.txHeld == 0) != c.cancels {
				t.Errorf("over %v again %v dead %v held %d", over, again, k.port.dead, k.port.txHeld)
			}
			if c.count != nil && c.count(&k.port.count).Load() != 1 {
				t.Error("not counted")
			}
			if sent := k.transmit(); (sent == 0) != c.cancels {
				t.Errorf("%d were sent", sent)
			}
			k.port.Flush()
			k.end(t)
		})
	}
}

// A kick that fails in a way nobody foresaw (here EBADF) costs the packets, not the worker.
func TestUnknownKickError(t *testing.T) {
	k := newFakeKernel(t)
	*k.tx.flags() = unix.XDP_RING_NEED_WAKEUP
	k.queue(10)
	if k.port.Flush() {
		t.Error("wants to be called again")
	}
	if k.port.count.txError.Load() != 1 || k.port.count.txCancelled.Load() != 10 {
		t.Errorf("errors %d cancelled %d", k.port.count.txError.Load(), k.port.count.txCancelled.Load())
	}
	k.end(t)
}

func BenchmarkPortTurn(b *testing.B) {
	k := newFakeKernel(b)
	var vec [vectorLen]buffer.Index
	b.ReportAllocs()
	for b.Loop() {
		k.receive(32, 60)
		n := k.port.Rx(vec[:])
		k.port.Tx(vec[:n])
		k.port.Flush()
		k.transmit()
		k.port.Flush()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32, "ns/packet")
}

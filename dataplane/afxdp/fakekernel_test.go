package afxdp

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// fakeKernel is the other side of a port whose rings are plain memory. It has no descriptor: a kick gives EBADF.
type fakeKernel struct {
	fill, rx, tx, comp *fakeRing
	completes          bool   // cancelled packets too, as Linux 6.18 does
	late               bool   // shows what it has consumed only at publish, as older kernels do
	consumed           uint32 // consumer index of the TX ring, shown or not
	port               *queuePort
	pool               *buffer.Pool
	cache              *buffer.Cache
}

func newFakeKernel(t testing.TB) *fakeKernel {
	t.Helper()
	const start = 1<<32 - 70 // indices overflow soon
	k := &fakeKernel{fill: newFakeRing(start), rx: newFakeRing(start), tx: newFakeRing(start), comp: newFakeRing(start), consumed: start}
	var err error
	k.pool, err = buffer.New(1024, 2048)
	ok(t, err)
	t.Cleanup(func() { ok(t, k.pool.Close()) })
	s := &socket{fd: -1,
		rx: newRxQueue(k.rx.mem, k.rx.off, testEntries), tx: newTxQueue(k.tx.mem, k.tx.off, testEntries),
		fill: newFillQueue(k.fill.mem, k.fill.off, testEntries), comp: newCompletionQueue(k.comp.mem, k.comp.off, testEntries)}
	k.port = &queuePort{s: s, pool: k.pool, shift: k.pool.Shift(), rxTarget: testEntries,
		rxSet: newHeldSet(k.pool.Len()), txSet: newHeldSet(k.pool.Len()), register: func() error { return nil }}
	k.cache = k.pool.NewCache()
	k.port.Bind(k.cache)
	return k
}

// receive fills n packets of the given length.
func (k *fakeKernel) receive(n int, length uint32) {
	q := &k.port.s.rx
	for range n {
		c, p := *k.fill.consumer(), *k.rx.producer()
		q.descs[p&q.mask] = unix.XDPDesc{Addr: k.port.s.fill.addrs[c&q.mask] + buffer.Headroom, Len: length}
		atomic.StoreUint32(k.fill.consumer(), c+1)
		atomic.StoreUint32(k.rx.producer(), p+1)
	}
}

// transmit sends what the TX ring has and completes it; what is invalid it skips. It returns the packets sent.
func (k *fakeKernel) transmit() (sent int) { return k.consume(testEntries) }

// consume is transmit of at most n entries.
func (k *fakeKernel) consume(n int) (sent int) {
	q := &k.port.s.tx
	for ; n > 0 && k.consumed != atomic.LoadUint32(k.tx.producer()); n-- {
		d := q.descs[k.consumed&q.mask]
		if d != invalidDesc || k.completes {
			p := *k.comp.producer()
			k.port.s.comp.addrs[p&q.mask] = d.Addr
			atomic.StoreUint32(k.comp.producer(), p+1)
		}
		if d != invalidDesc {
			sent++
		}
		k.consumed++
	}
	if !k.late {
		k.publish()
	}
	return sent
}

// publish shows what was consumed.
func (k *fakeKernel) publish() { atomic.StoreUint32(k.tx.consumer(), k.consumed) }

// end checks that every buffer comes back.
func (k *fakeKernel) end(t *testing.T) {
	t.Helper()
	_ = k.port.close(k.pool)
	k.cache.Close()
	if n := k.pool.InUse(); n != 0 {
		t.Errorf("%d buffers are lost", n)
	}
	if n := k.port.count.foreign.Load(); n != 0 {
		t.Errorf("%d foreign buffers", n)
	}
}

// queue puts n packets into the TX ring.
func (k *fakeKernel) queue(n int) {
	bufs := make([]buffer.Index, n)
	k.cache.Alloc(bufs)
	for _, b := range bufs {
		k.pool.Put(b, make([]byte, 60))
	}
	k.port.Tx(bufs)
	k.port.s.tx.Publish()
}

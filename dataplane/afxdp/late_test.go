package afxdp

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// noneIsTwice checks that what the receive side has is handed out by no one else.
func (k *fakeKernel) noneIsTwice(t *testing.T) {
	t.Helper()
	q, kernels := &k.port.s.fill, map[buffer.Index]bool{}
	for at := *k.fill.consumer(); at != *k.fill.producer(); at++ {
		b := buffer.Index(q.addrs[at&q.mask] >> k.port.shift)
		if kernels[b] {
			t.Errorf("buffer %d is twice in the fill ring", b)
		}
		kernels[b] = true
	}
	all := make([]buffer.Index, k.pool.Len())
	all = all[:k.cache.Alloc(all)]
	for _, b := range all {
		if kernels[b] {
			t.Errorf("buffer %d is free, or twice so, while the kernel has it", b)
		}
		kernels[b] = true
	}
	k.cache.Free(all)
}

// A packet that came back although the kernel does not show that it has consumed it, and whose buffer went on to the
// fill ring, is not cancelled with the rest.
func TestCancelSparesWhatHasComeBack(t *testing.T) {
	k := newFakeKernel(t)
	k.late = true
	p := k.port
	k.receive(40, 60)
	var vec [vectorLen]buffer.Index
	n := p.Rx(vec[:])
	k.cache.Free(vec[:n])
	k.queue(4)
	k.consume(1)
	if got := p.reap(); got != 1 || p.s.tx.Pending() != 4 {
		t.Fatalf("%d came back, %d are shown as pending", got, p.s.tx.Pending())
	}
	p.supply(supplyBatch) // the cache gives what it got last
	p.sendError(unix.ENETDOWN)
	if p.txHeld != 0 || p.rxHeld != testEntries || p.count.txCancelled.Load() != 3 {
		t.Errorf("held %d and %d, cancelled %d", p.txHeld, p.rxHeld, p.count.txCancelled.Load())
	}
	k.noneIsTwice(t)
	if sent := k.transmit(); sent != 0 {
		t.Errorf("%d cancelled packets were sent", sent)
	}
	k.publish()
	k.end(t)
}

// The same with a buffer that has come back and is in the TX ring again: two entries name it, and it is freed once.
func TestCancelFreesOnce(t *testing.T) {
	k := newFakeKernel(t)
	k.late = true
	p := k.port
	k.queue(1)
	k.consume(1)
	p.reap()
	k.queue(1)
	if first := *k.tx.consumer(); p.s.tx.descs[first&p.s.tx.mask] != p.s.tx.descs[(first+1)&p.s.tx.mask] {
		t.Fatal("the two packets are in different buffers")
	}
	p.cancel()
	if p.txHeld != 0 || p.count.txCancelled.Load() != 1 {
		t.Errorf("held %d, cancelled %d", p.txHeld, p.count.txCancelled.Load())
	}
	k.noneIsTwice(t)
	k.transmit()
	k.publish()
	k.end(t)
}

func TestLateKernelForwards(t *testing.T) {
	k := newFakeKernel(t)
	k.late = true
	for round := range 20 {
		k.queue(10)
		if sent := k.transmit(); sent != 10 {
			t.Fatalf("round %d: sent %d", round, sent)
		}
		k.port.reap()
		if k.port.txHeld != 0 {
			t.Fatalf("round %d: %d not reaped", round, k.port.txHeld)
		}
		k.publish()
	}
	k.end(t)
}

func TestRefusedInRow(t *testing.T) {
	for _, c := range []struct {
		name  string
		busy  int
		errno syscall.Errno
		went  int
		want  int
	}{
		{"refused alone", 3, unix.EBUSY, 1, 4},
		{"refused, not shown yet", 3, unix.EBUSY, 0, 4},
		{"others were sent before it", 15, unix.EBUSY, 5, 1},
		{"the budget was sent", 15, unix.EAGAIN, 32, 0},
		{"the device's queue is full", 15, unix.EAGAIN, 0, 15},
		{"all sent", 15, 0, 1, 0},
	} {
		if got := refusedInRow(c.busy, c.errno, c.went); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// A ring without buffers wakes nobody: the port wants to be called until it has some.
func TestFlushLooksForBuffers(t *testing.T) {
	k := newFakeKernel(t)
	if k.port.Flush() {
		t.Error("a port with buffers wants to be called again")
	}
	hoard := make([]buffer.Index, k.pool.Len())
	hoard = hoard[:k.cache.Alloc(hoard)]
	k.receive(testEntries, 60)
	var vec [vectorLen]buffer.Index
	n := k.port.Rx(vec[:])
	if !k.port.Flush() {
		t.Error("a port without any buffer does not look for some")
	}
	k.port.dead = true
	if k.port.Flush() {
		t.Error("a dead port looks for buffers")
	}
	k.port.dead = false
	k.cache.Free(vec[:n])
	if k.port.Flush() || k.port.rxHeld != testEntries {
		t.Errorf("the port holds %d once there are buffers, or wants to be called again", k.port.rxHeld)
	}
	k.cache.Free(hoard)
	k.end(t)
}

// The kernel's word on the length of a packet is not taken beyond the buffer.
func TestRxBeyondBuffer(t *testing.T) {
	k := newFakeKernel(t)
	const room = 2048 - buffer.Headroom
	for _, length := range []uint32{60, room + 1, room, 1 << 16, 1<<16 + 60, 1<<32 - 1, 61} {
		k.receive(1, length)
	}
	var vec [vectorLen]buffer.Index
	n := k.port.Rx(vec[:])
	var got []uint16
	for _, b := range vec[:n] {
		got = append(got, k.pool.Meta(b).Len)
	}
	if n != 3 || got[0] != 60 || got[1] != room || got[2] != 61 {
		t.Errorf("received lengths %v", got)
	}
	if c := k.port.count.rxInvalid.Load(); c != 4 || k.port.rxHeld != testEntries-7 {
		t.Errorf("counted %d, the port holds %d", c, k.port.rxHeld)
	}
	k.cache.Free(vec[:n])
	k.end(t)
}

package afxdp

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// testEntries is the size of the rings in plain memory.
const testEntries = 64

// fakeRing is the memory of one ring, with the kernel's side of it. Index words start near overflow.
type fakeRing struct {
	mem []byte
	off unix.XDPRingOffset
}

func newFakeRing(start uint32) *fakeRing {
	words := make([]uint64, 24+2*testEntries) // index words on lines of their own, then the entries; 8-byte aligned
	f := &fakeRing{mem: unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)}
	f.off = unix.XDPRingOffset{Producer: 0, Consumer: 64, Flags: 128, Desc: 192}
	*f.producer(), *f.consumer() = start, start
	return f
}

func (f *fakeRing) producer() *uint32 { return (*uint32)(unsafe.Pointer(&f.mem[f.off.Producer])) }
func (f *fakeRing) consumer() *uint32 { return (*uint32)(unsafe.Pointer(&f.mem[f.off.Consumer])) }
func (f *fakeRing) flags() *uint32    { return (*uint32)(unsafe.Pointer(&f.mem[f.off.Flags])) }

var starts = []uint32{0, 1<<32 - 3, 1 << 31}

func TestFillRing(t *testing.T) {
	for _, start := range starts {
		f := newFakeRing(start)
		q := newFillQueue(f.mem, f.off, testEntries)
		if n, _ := q.Reserve(1000); n != testEntries {
			t.Fatalf("empty ring has room for %d", n)
		}
		n, first := q.Reserve(10)
		for i := range n {
			q.Set(first+i, uint64(100+i))
		}
		if *f.producer() != start {
			t.Fatal("entries are visible before Submit")
		}
		q.Submit(10)
		if *f.producer() != start+10 {
			t.Fatalf("producer %d after 10 from %d", *f.producer(), start)
		}
		for i := range uint32(10) {
			if got := q.addrs[(start+i)%testEntries]; got != uint64(100+i) {
				t.Fatalf("entry %d is %d", i, got)
			}
		}
		if n, _ := q.Reserve(testEntries); n != testEntries-10 {
			t.Fatalf("room %d beside 10", n)
		}
		*f.consumer() = start + 4
		if n, _ := q.Reserve(testEntries); n != testEntries-6 {
			t.Fatalf("room %d beside 6", n)
		}
		if q.NeedWakeup() {
			t.Fatal("wake-up without flag")
		}
		*f.flags() = unix.XDP_RING_NEED_WAKEUP
		if !q.NeedWakeup() {
			t.Fatal("no wake-up with flag")
		}
	}
}

func TestRxRing(t *testing.T) {
	for _, start := range starts {
		f := newFakeRing(start)
		q := newRxQueue(f.mem, f.off, testEntries)
		if n, _ := q.Peek(10); n != 0 {
			t.Fatalf("empty ring gives %d", n)
		}
		for i := range uint32(20) {
			q.descs[(start+i)%testEntries] = unix.XDPDesc{Addr: uint64(i), Len: 60 + i}
		}
		*f.producer() = start + 20
		n, first := q.Peek(15)
		if n != 15 || first != start {
			t.Fatalf("peek gives %d at %d", n, first)
		}
		if d := q.Desc(first + 14); d.Addr != 14 || d.Len != 74 {
			t.Fatalf("entry 14 is %+v", d)
		}
		if *f.consumer() != start {
			t.Fatal("consumed before Release")
		}
		q.Release(n)
		if n, first = q.Peek(15); n != 5 || first != start+15 || *f.consumer() != start+15 {
			t.Fatalf("then %d at %d, consumer %d", n, first, *f.consumer())
		}
	}
}

func TestCorruptIndexIsBounded(t *testing.T) {
	f := newFakeRing(0)
	rx, fill := newRxQueue(f.mem, f.off, testEntries), newFillQueue(f.mem, f.off, testEntries)
	*f.producer() = 1 << 30
	if n, _ := rx.Peek(1 << 20); n > testEntries {
		t.Fatalf("peek gives %d of a ring of %d", n, testEntries)
	}
	*f.consumer() = 1 << 30
	if n, _ := fill.Reserve(1 << 20); n > testEntries {
		t.Fatalf("reserve gives %d of a ring of %d", n, testEntries)
	}
}

func TestTxRingCancel(t *testing.T) {
	for _, start := range starts {
		f := newFakeRing(start)
		q := newTxQueue(f.mem, f.off, testEntries)
		send := func(n uint32) {
			_, first := q.Reserve(n)
			for i := range n {
				q.Set(first+i, uint64(first-start+i)*2048, 60)
			}
			q.Queue(n)
			q.Publish()
		}
		if q.Live() || q.Pending() != 0 {
			t.Fatal("a new ring is not empty")
		}
		send(10)
		*f.consumer() = start + 3
		if q.Pending() != 7 || !q.Live() {
			t.Fatalf("pending %d", q.Pending())
		}
		var addrs [4]uint64
		var got []uint64
		for {
			n := q.Cancel(addrs[:])
			if n == 0 {
				break
			}
			got = append(got, addrs[:n]...)
		}
		if len(got) != 7 || got[0] != 3*2048 || got[6] != 9*2048 {
			t.Fatalf("cancelled %v", got)
		}
		if q.Live() || q.Pending() != 7 || q.invalid != 7 {
			t.Fatalf("after cancel: live %v pending %d", q.Live(), q.Pending())
		}
		send(2)
		if !q.Live() || q.Pending() != 9 {
			t.Fatal("a new packet does not count")
		}
		for i := uint32(3); i < 10; i++ {
			if q.descs[(start+i)%testEntries] != invalidDesc {
				t.Fatalf("entry %d is not invalid", i)
			}
		}
		if n := q.Cancel(addrs[:]); n != 2 || addrs[0] != 10*2048 {
			t.Fatalf("cancelled %d, first %d", n, addrs[0])
		}
	}
}

// A kernel in a goroutine echoes what is filled as received and what is sent as completed; every frame must come round
// in order, whatever the batch sizes. The race detector watches the hand-over.
func TestRingsConcurrently(t *testing.T) {
	fill, rx := newFakeRing(1<<32-100), newFakeRing(1<<32-200)
	fq, rq := newFillQueue(fill.mem, fill.off, testEntries), newRxQueue(rx.mem, rx.off, testEntries)
	const total = 20000
	go func() { // the kernel's side, with its own view of the rings
		kfill, krx := fq.addrs, rq.descs
		c, p := *fill.consumer(), *rx.producer()
		for done := 0; done < total; {
			for c != atomic.LoadUint32(fill.producer()) && p-atomic.LoadUint32(rx.consumer()) < testEntries {
				krx[p%testEntries] = unix.XDPDesc{Addr: kfill[c%testEntries], Len: uint32(c)}
				c, p, done = c+1, p+1, done+1
				atomic.StoreUint32(fill.consumer(), c)
				atomic.StoreUint32(rx.producer(), p)
			}
			runtime.Gosched()
		}
	}()
	rnd := rand.New(rand.NewPCG(1, 2))
	for sent, got := 0, 0; got < total; {
		n, first := fq.Reserve(min(uint32(rnd.IntN(70)), uint32(total-sent)))
		for i := range n {
			fq.Set(first+i, uint64(sent)+uint64(i))
		}
		fq.Submit(n)
		sent += int(n)
		n, first = rq.Peek(uint32(rnd.IntN(70)))
		for i := range n {
			if a := rq.Desc(first + i).Addr; a != uint64(got)+uint64(i) {
				t.Fatalf("frame %d came as %d", got+int(i), a)
			}
		}
		rq.Release(n)
		got += int(n)
		if n == 0 {
			runtime.Gosched()
		}
	}
}

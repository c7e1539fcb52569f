package afxdp

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/netlab"
)

// BenchmarkForward is a minimal loop, left to right, under a flood of 60-byte frames over veth in copy mode: the floor
// of what a graph on these ports costs. It reports the CPU time of the worker's thread per forwarded packet (the kernel's
// part, all of the transmission, included), packets per second and packets per vector. The sender competes for the same
// cores, so the rate says less than the CPU time.
func BenchmarkForward(b *testing.B) {
	for _, c := range []struct {
		name string
		mode Mode
	}{{"native", NativeCopy}, {"generic", GenericCopy}} {
		b.Run(c.name, func(b *testing.B) { benchmarkForward(b, c.mode) })
	}
}

func benchmarkForward(b *testing.B, mode Mode) {
	r := newRigOf(b, 1, 16384, 2048)
	left, right := r.open("left", WithMode(mode)), r.open("right", WithMode(mode))
	in, out := left.Ports()[0], right.Ports()[0]
	cache := r.pool.NewCache()
	in.Bind(cache)
	out.Bind(cache)
	stop := r.flood(r.a, "eth0")
	var vec [vectorLen]buffer.Index
	vectors, sent, dropped := 0, 0, 0
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	b.ResetTimer()
	start, cpu := time.Now(), threadCPU()
	for sent < b.N {
		n := in.Rx(vec[:])
		if n == 0 {
			in.Flush()
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(in.FD()), Events: unix.POLLIN}}, 10)
			continue
		}
		taken := out.Tx(vec[:n])
		cache.Free(vec[taken:n])
		vectors++
		sent += taken
		dropped += n - taken
		in.Flush()
		out.Flush()
	}
	used, took := threadCPU()-cpu, time.Since(start)
	b.StopTimer()
	stop()
	b.ReportMetric(float64(used)/float64(sent), "cpu-ns/packet")
	b.ReportMetric(float64(sent)/took.Seconds(), "packets/s")
	b.ReportMetric(float64(sent)/float64(vectors), "packets/vector")
	b.ReportMetric(float64(dropped)/float64(sent+dropped), "dropped/packet")
	cache.Close()
	r.close(left, right)
}

func threadCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flood sends 60-byte frames as fast as it can, until stopped.
func (r *rig) flood(h *netlab.Host, dev string) (stop func()) {
	wire, err := r.capture(h, dev)
	ok(r.t, err)
	ok(r.t, unix.SetsockoptInt(wire.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1))
	frame := markedFrame("flood")[:60]
	iov := unix.Iovec{Base: &frame[0], Len: uint64(len(frame))}
	type mmsghdr struct {
		hdr unix.Msghdr
		len uint32
		_   [4]byte
	}
	var msgs [64]mmsghdr
	for i := range msgs {
		msgs[i].hdr.Iov, msgs[i].hdr.Iovlen = &iov, 1
	}
	var quit atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !quit.Load() {
			_, _, _ = unix.Syscall6(unix.SYS_SENDMMSG, uintptr(wire.fd), uintptr(unsafe.Pointer(&msgs[0])), uintptr(len(msgs)), 0, 0, 0)
		}
	}()
	return func() { quit.Store(true); <-done; wire.Close() }
}

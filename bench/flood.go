package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/packetline"
)

// flood sends 60-byte UDP frames from the sender's host, as fast as one thread can, until stopped.
func (r *rig) flood() (stop func(), err error) {
	fd := -1
	err = r.a.Do(func() error {
		link, err := r.a.Link("eth0")
		if err != nil {
			return err
		}
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: link.Index})
	})
	if err != nil {
		return nil, fmt.Errorf("flood: %w", err)
	}
	frame := packetline.MustBuild("udp 10.0.0.1:1000 > 10.0.0.2:53 len 18")
	var quit atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		sendUntil(fd, frame, &quit)
	}()
	return func() { quit.Store(true); <-done; unix.Close(fd) }, nil
}

// sendUntil sends 64 copies a system call.
func sendUntil(fd int, frame []byte, quit *atomic.Bool) {
	iov := unix.Iovec{Base: &frame[0], Len: uint64(len(frame))}
	var messages [64]struct {
		hdr unix.Msghdr
		len uint32
		_   [4]byte
	}
	for i := range messages {
		messages[i].hdr.Iov, messages[i].hdr.Iovlen = &iov, 1
	}
	for !quit.Load() {
		_, _, _ = unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&messages[0])), uintptr(len(messages)), 0, 0, 0)
	}
}

// thread is a goroutine on a thread of its own whose CPU time can be read.
type thread struct {
	id   chan int
	tid  int
	done chan struct{}
}

func newThread(f func()) *thread {
	t := &thread{id: make(chan int), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		runtime.LockOSThread()
		t.id <- unix.Gettid()
		f()
	}()
	t.tid = <-t.id
	return t
}

func (t *thread) wait() { <-t.done }

// cpu is the thread's CPU time in nanoseconds, as the scheduler counts it.
func (t *thread) cpu() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", t.tid))
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
	return n
}

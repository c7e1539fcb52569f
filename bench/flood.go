package main

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// floodBurst is how many packets one system call of the flood sends.
const floodBurst = 64

// flood is a stream of frames from the sender's host, in its own thread.
type flood struct {
	*thread
	quit atomic.Bool
	fd   int
}

// startFlood sends the frames in turn from the site's sender, rate packets a second in bursts, or as fast as one thread can
// with 0.
func (r *rig) startFlood(frames [][]byte, rate int) (*flood, error) {
	fd, err := r.rawSocket(r.sender, 0)
	if err != nil {
		return nil, fmt.Errorf("flood: %w", err)
	}
	f := &flood{fd: fd}
	f.thread = newThreadOn(r.load, func() { f.send(frames, rate) })
	return f, nil
}

// stop ends the flood.
func (f *flood) stop() {
	f.quit.Store(true)
	f.wait()
	unix.Close(f.fd)
}

// message is a struct mmsghdr.
type message struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// send sends until told to stop. What the device has no room for is lost, as on a wire.
func (f *flood) send(frames [][]byte, rate int) {
	iov := make([]unix.Iovec, len(frames))
	messages := make([]message, max(floodBurst, len(frames)/floodBurst*floodBurst))
	for i := range messages {
		p := frames[i%len(frames)]
		v := &iov[i%len(frames)]
		v.Base, v.Len = &p[0], uint64(len(p))
		messages[i].hdr.Iov, messages[i].hdr.Iovlen = v, 1
	}
	next := time.Now()
	for at := 0; !f.quit.Load(); at = (at + floodBurst) % len(messages) {
		_, _, _ = unix.Syscall6(unix.SYS_SENDMMSG, uintptr(f.fd), uintptr(unsafe.Pointer(&messages[at])), floodBurst, 0, 0, 0)
		if rate > 0 {
			next = next.Add(floodBurst * time.Second / time.Duration(rate))
			pause(time.Until(next))
		}
	}
}

// pause sleeps in the kernel: Go's timers are late by up to a millisecond where another goroutine has to run them.
func pause(d time.Duration) {
	if d > 0 {
		t := unix.NsecToTimespec(int64(d))
		_ = unix.Nanosleep(&t, nil)
	}
}

// floodFrames are 60-byte UDP packets of that many flows, from 10.0.1.2 and its neighbours to port 53 of 10.0.2.2.
func floodFrames(flows int) (frames [][]byte) {
	base := siteFrame("udp 10.0.1.2:1000 > 10.0.2.2:53 len 18 nosum")
	for i := range flows {
		p := append([]byte(nil), base...)
		binary.BigEndian.PutUint16(p[34:], uint16(1000+i%50_000)) // source port; IPv4 without options
		frames = append(frames, p)
	}
	return frames
}

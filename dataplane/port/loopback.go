package port

import (
	"fmt"
	"net"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

const (
	// loopbackQueue bounds the packets on their way back, a power of two. Lower, and a vector or two in a pass are lost; higher,
	// and packets that go in circles tie up more buffers.
	loopbackQueue = 1024

	// loopbackRounds is how often a packet may be given back, by all loopbacks together. Two loopbacks that are cross-connected
	// would otherwise pass it to each other for ever.
	loopbackRounds = 8
)

// Loopback is an interface without a wire: what is sent by it is received by it. Its one queue belongs to one worker.
//
//	Tx ──ring[tail], tail++──> Rx ring[head], head++
type Loopback struct {
	name     string
	mac      net.HardwareAddr
	instance uint32

	fd         int // an eventfd that nobody signals: while a packet waits, Flush keeps the worker awake; -1 while closed
	room       int // bytes of the largest packet
	pool       *buffer.Pool
	cache      *buffer.Cache // the owner's
	head, tail uint32        // the owner's
	ring       [loopbackQueue]buffer.Index

	full, rounds atomic.Uint64
}

// NewLoopback makes a loopback interface; instance is for the caller to know it by.
func NewLoopback(name string, mac net.HardwareAddr, instance uint32) *Loopback {
	return &Loopback{name: name, mac: mac, instance: instance, fd: -1}
}

// Name implements Interface.
func (l *Loopback) Name() string { return l.name }

// Instance is what NewLoopback was given.
func (l *Loopback) Instance() uint32 { return l.instance }

// Open implements Interface.
func (l *Loopback) Open(h *Host) (Device, error) {
	if l.fd >= 0 {
		return nil, fmt.Errorf("port: loopback interface %q: %w", l.name, errOpen)
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("port: loopback interface %q: eventfd: %w", l.name, err)
	}
	l.fd, l.pool, l.room = fd, h.Pool, h.Pool.Room()
	return l, nil
}

// Ports implements Device.
func (l *Loopback) Ports() []Port { return []Port{l} }

// linkHeaders is what a frame has beyond the MTU, in bytes: Ethernet header and two VLAN tags.
const linkHeaders = 14 + 2*4

// Info implements Device.
func (l *Loopback) Info() Info {
	return Info{Driver: "loopback", MAC: l.mac, MTU: l.room - linkHeaders, Queues: 1, LinkUp: l.fd >= 0, Software: true}
}

// Close implements Device.
func (l *Loopback) Close() error {
	if l.fd < 0 {
		return nil
	}
	c := l.pool.NewCache()
	for ; l.head != l.tail; l.head++ {
		c.Free(l.ring[l.head%loopbackQueue : l.head%loopbackQueue+1])
	}
	c.Close()
	fd := l.fd
	l.fd = -1
	return unix.Close(fd)
}

// Bind implements Port.
func (l *Loopback) Bind(c *buffer.Cache) { l.cache = c }

// Rx implements Port.
func (l *Loopback) Rx(dst []buffer.Index) (n int) {
	for n < len(dst) && l.head != l.tail {
		at := l.head % loopbackQueue
		b := l.ring[at]
		l.head++
		m := l.pool.Meta(b)
		if m.Rounds >= loopbackRounds {
			l.rounds.Add(1)
			l.cache.Free(l.ring[at : at+1])
			continue
		}
		*m = buffer.Meta{Off: m.Off, Len: m.Len, Rounds: m.Rounds + 1}
		dst[n] = b
		n++
	}
	return n
}

// Tx implements Port.
func (l *Loopback) Tx(src []buffer.Index) int {
	n := min(len(src), loopbackQueue-int(l.tail-l.head))
	for i, b := range src[:n] {
		l.ring[(l.tail+uint32(i))%loopbackQueue] = b
	}
	l.tail += uint32(n)
	if n < len(src) {
		l.full.Add(uint64(len(src) - n))
	}
	return n
}

// Flush implements Port.
func (l *Loopback) Flush() bool { return l.head != l.tail }

// FD implements Port.
func (l *Loopback) FD() int { return l.fd }

// Stats implements Port.
func (l *Loopback) Stats(emit func(string, uint64)) {
	emit("tx queue full", l.full.Load())
	emit("went round too often", l.rounds.Load())
}

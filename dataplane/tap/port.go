package tap

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

const (
	// passPackets is how many packets one pass of a worker reads, and writes, at most: each is a system call of one to some
	// microseconds. Lower, and bulk transfers cost passes; higher, and other interfaces' packets wait longer.
	passPackets = 64

	// emptyPasses is for how many passes an empty tap is not looked at again: that is a system call, some 450 ns of a pass that
	// may take 4 us. Lower, and a tap at rest slows a busy worker; higher, and what arrives waits longer.
	emptyPasses = 3

	// txQueue bounds the packets that wait to be written, a power of two. Lower, and a burst of some vectors loses packets;
	// higher, and a flood makes those behind it wait longer: 1024 are some 5 ms.
	txQueue = 1024

	// rxOffset is where a packet begins in its buffer: with it the network header is aligned, and what is longer than
	// buffer.Pool.Room shows.
	rxOffset = buffer.Headroom - 2
)

// tapPort is the port of a tap. The owner's, but for the counters.
type tapPort struct {
	fd    int
	pool  *buffer.Pool
	room  int // bytes of the longest packet
	cache *buffer.Cache
	empty int             // passes for which it is not looked at
	dead  bool            // the host device is gone
	died  chan<- struct{} // to be told so

	head, tail uint32
	ring       [txQueue]buffer.Index

	noBuffer, tooLong, rxError, full, down, refused atomic.Uint64
}

// Bind implements port.Port.
func (p *tapPort) Bind(c *buffer.Cache) { p.cache = c }

// Rx implements port.Port.
func (p *tapPort) Rx(dst []buffer.Index) (n int) {
	if p.empty > 0 || p.dead {
		p.empty = max(0, p.empty-1)
		return 0
	}
	for tries := min(len(dst), passPackets); tries > 0; tries-- {
		if p.cache.Alloc(dst[n:n+1]) == 0 {
			p.noBuffer.Add(1)
			break
		}
		b := dst[n]
		k, err := unix.Read(p.fd, p.pool.Frame(b)[rxOffset:])
		if err == nil && k <= p.room {
			*p.pool.Meta(b) = buffer.Meta{Off: rxOffset, Len: uint16(k)}
			n++
			continue
		}
		p.cache.Free(dst[n : n+1])
		if err == nil {
			p.tooLong.Add(1)
			continue
		}
		if err != unix.EAGAIN && err != unix.EINTR {
			p.rxError.Add(1)
			p.check(err)
		}
		break
	}
	if n == 0 {
		p.empty = emptyPasses
	}
	return n
}

// check tells the control side if the host device is gone.
func (p *tapPort) check(err error) {
	if err != unix.EBADFD || p.dead {
		return
	}
	p.dead = true
	select {
	case p.died <- struct{}{}:
	default:
	}
}

// Tx implements port.Port.
func (p *tapPort) Tx(src []buffer.Index) int {
	n := min(len(src), txQueue-int(p.tail-p.head))
	for i, b := range src[:n] {
		p.ring[(p.tail+uint32(i))%txQueue] = b
	}
	p.tail += uint32(n)
	if n < len(src) {
		p.full.Add(uint64(len(src) - n))
	}
	return n
}

// Flush implements port.Port: it writes some of what waits.
func (p *tapPort) Flush() bool {
	for range min(passPackets, int(p.tail-p.head)) {
		at := p.head % txQueue
		if !p.dead {
			_, err := unix.Write(p.fd, p.pool.Bytes(p.ring[at]))
			if err == unix.EINTR {
				break
			}
			p.wrote(err)
		}
		p.cache.Free(p.ring[at : at+1])
		p.head++
	}
	return p.head != p.tail
}

// wrote counts what the host did not take.
func (p *tapPort) wrote(err error) {
	switch err {
	case nil:
	case unix.EIO:
		p.down.Add(1)
	default:
		p.refused.Add(1)
		p.check(err)
	}
}

// FD implements port.Port.
func (p *tapPort) FD() int { return p.fd }

// Stats implements port.Port.
func (p *tapPort) Stats(emit func(string, uint64)) {
	emit("rx no buffer", p.noBuffer.Load())
	emit("rx longer than a buffer", p.tooLong.Load())
	emit("rx error", p.rxError.Load())
	emit("tx queue full", p.full.Load())
	emit("tx host device down", p.down.Load())
	emit("tx refused by the host", p.refused.Load())
}

// close writes what waits, gives the rest back and closes the descriptor, and with it the host device.
func (p *tapPort) close() error {
	if p.fd < 0 {
		return nil
	}
	c := p.pool.NewCache()
	p.cache = c
	for range txQueue / passPackets {
		p.Flush()
	}
	for ; p.head != p.tail; p.head++ {
		c.Free(p.ring[p.head%txQueue : p.head%txQueue+1])
	}
	c.Close()
	fd := p.fd
	p.fd = -1
	if err := unix.Close(fd); err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	return nil
}

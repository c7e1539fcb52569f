package server

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

const (
	readBuffer = 16 << 10
	// maxHello is the limit of a message, in bytes, before the client has introduced itself.
	maxHello = 4 << 10
	// smallMessage is what a message to or from a client may hold of the memory without asking: more is taken from what all share.
	smallMessage = 64 << 10
)

var (
	errTooLong = errors.New("server: the message is longer than the limit")
	errHello   = errors.New("server: the client's first message is not sockclnt_create")
	errNoRoom  = errors.New("server: the memory for large messages is used up, try again later")
)

// reader cuts a client's stream into messages.
type reader struct {
	c       net.Conn
	b       *bufio.Reader
	memory  *memory
	timeout time.Duration // of a message that has begun
	bytes   atomic.Uint64
}

func newReader(c net.Conn, m *memory, timeout time.Duration) *reader {
	return &reader{c: c, b: bufio.NewReaderSize(c, readBuffer), memory: m, timeout: timeout}
}

// message waits for the next message, of limit bytes at most, as long as it takes, but once it has begun not longer than the
// timeout. It is the caller's, and so are the bytes of the shared memory that it holds. With errNoRoom what is returned is
// the message's beginning.
func (r *reader) message(limit int) (msg []byte, large int, err error) {
	if _, err := r.b.Peek(1); err != nil {
		return nil, 0, err
	}
	n, known := r.buffered()
	if whole := known && r.b.Buffered() >= frameHeader+n; !whole {
		r.c.SetReadDeadline(time.Now().Add(r.timeout))
		defer r.c.SetReadDeadline(time.Time{})
	}
	var head [frameHeader]byte
	if _, err := io.ReadFull(r.b, head[:]); err != nil {
		return nil, 0, err
	}
	size := uint64(binary.BigEndian.Uint32(head[8:]))
	if size > uint64(limit) {
		return nil, 0, fmt.Errorf("%w: %d bytes, the limit is %d", errTooLong, size, limit)
	}
	msg, large, err = r.body(int(size))
	r.bytes.Add(frameHeader + size)
	return msg, large, err
}

// buffered is the length in a header that has come already.
func (r *reader) buffered() (int, bool) {
	if r.b.Buffered() < frameHeader {
		return 0, false
	}
	head, _ := r.b.Peek(frameHeader)
	return int(binary.BigEndian.Uint32(head[8:])), true
}

// body reads n bytes. It allocates what has come, and as much again.
func (r *reader) body(n int) (msg []byte, large int, err error) {
	msg = make([]byte, min(n, smallMessage))
	got := 0
	for {
		m, err := io.ReadFull(r.b, msg[got:])
		if got += m; err != nil {
			r.memory.give(large)
			return nil, 0, err
		}
		if got == n {
			return msg, large, nil
		}
		more := min(n-got, got)
		if !r.memory.take(more) {
			r.memory.give(large)
			_, err := r.b.Discard(n - got)
			return msg[:64], 0, errors.Join(errNoRoom, err)
		}
		large += more
		msg = append(msg, make([]byte, more)...)
	}
}

// hungUp tells whether the client has closed the connection, without reading what it has sent before.
func (r *reader) hungUp() (yes bool) {
	raw, err := r.c.(syscall.Conn).SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd)}} // what is asked for here is told always
		n, _ := unix.Poll(p, 0)
		yes = n > 0 && p[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
	})
	return yes || err != nil
}

// memory bounds what all clients' large messages, those to them included, hold together, in bytes.
type memory struct {
	limit int64
	used  atomic.Int64
}

func (m *memory) take(n int) bool {
	if m.used.Add(int64(n)) > m.limit {
		m.used.Add(-int64(n))
		return false
	}
	return true
}

func (m *memory) give(n int) { m.used.Add(-int64(n)) }

// parse finds out what a message asks for. known is false for what is to be counted only.
func (t *table) parse(msg []byte) (r request, known bool) {
	id, ok := api.DecodeID(msg)
	if !ok {
		return r, false
	}
	if r.m = t.byID(id); r.m == nil || r.m.method == nil {
		return r, false
	}
	h, body, err := api.DecodeHeader(r.m.desc.Kind, msg)
	r.context, r.body = h.Context, body
	return r, err == nil
}

// read puts the client's requests into its queue until the connection ends.
func (c *client) read() error {
	s := c.server
	hello := true
	c.conn.SetReadDeadline(time.Now().Add(s.cfg.HelloTimeout))
	for {
		limit := s.cfg.MaxMessage
		if hello {
			limit = maxHello
		}
		msg, large, err := c.in.message(limit)
		if err != nil && !errors.Is(err, errNoRoom) {
			return err
		}
		c.requests.Add(1)
		s.trace.add(msg)
		r, known := s.table.parse(msg)
		if hello && (!known || r.m.desc != helloDesc) {
			return errHello
		}
		if hello {
			hello = false
			c.conn.SetReadDeadline(time.Time{})
		}
		if !known {
			s.memory.give(large)
			s.unknown(c, msg, r.m)
			continue
		}
		r.large, r.fault = large, err
		if r.m.desc == pingDesc && c.queue.idle(r.context) {
			c.ping(r)
			continue
		}
		if !c.queue.push(r, s.cfg.MaxQueue, c.in.hungUp) {
			s.memory.give(large)
			return errGone
		}
	}
}

var helloDesc, pingDesc = (*memclnt.SockclntCreate)(nil).Desc(), (*memclnt.ControlPing)(nil).Desc()

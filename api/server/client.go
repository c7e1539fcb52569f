package server

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/unixsock"
)

// writePiece is how many bytes a client has the write timeout for.
const writePiece = 64 << 10

// client is a connection. It implements api.Caller.
type client struct {
	server *Server
	conn   net.Conn
	index  uint32 // with the top bit set, as VPP marks clients of the socket
	since  time.Time
	name   atomic.Pointer[string]

	in    *reader
	queue *queue
	out   *outbox
	ctx   context.Context // of its handlers
	stop  context.CancelCauseFunc

	ending  atomic.Bool
	leaving bool // the executor's: sockclnt_delete has been served

	requests, replies, events, dropped, sent atomic.Uint64
}

// newClient makes the client of a connection. It ends with ctx.
func (s *Server) newClient(ctx context.Context, conn net.Conn, index uint32) *client {
	c := &client{server: s, conn: conn, index: index, since: time.Now(), in: newReader(conn, &s.memory, s.cfg.MessageTimeout), queue: newQueue(), out: newOutbox(&s.memory)}
	c.name.Store(new(string))
	c.ctx, c.stop = context.WithCancelCause(api.WithCaller(ctx, c))
	return c
}

// Name implements api.Caller.
func (c *client) Name() string { return *c.name.Load() }

// Done implements api.Caller.
func (c *client) Done() <-chan struct{} { return c.ctx.Done() }

// Send implements api.Caller.
func (c *client) Send(event api.Message) bool {
	m := c.server.table.byDesc[event.Desc()]
	if m == nil {
		c.server.cfg.Log.Error("server: an event that no module has is not sent", "message", event.Desc().Name)
		return false
	}
	ok, err := c.out.event(whole(m.id, c.index, 0, event, 0))
	switch {
	case ok:
		c.events.Add(1)
	default:
		c.dropped.Add(1)
	}
	if err != nil {
		c.server.cfg.Log.Error("server: an event is not sent", "message", m.desc.Name, "error", err)
	}
	return ok
}

// serve runs the connection until it ends, which its handlers' context, or Server.Close, can bring about.
func (c *client) serve() {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.until(c.execute) })
	wg.Go(func() { c.until(c.write) })
	context.AfterFunc(c.ctx, c.shut)
	c.until(c.read)
}

// until ends the connection when f ends, for the reason that it gives.
func (c *client) until(f func() error) { c.end(unixsock.Guard(c.server.cfg.Log, f)) }

// shut wakes whatever goroutine of the connection waits. It runs when the context has ended.
func (c *client) shut() {
	c.conn.Close()
	c.out.close()
	for _, r := range c.queue.close() {
		c.server.memory.give(r.large)
	}
}

// end cancels what the client runs and closes the connection. The first reason counts, in the figures too.
func (c *client) end(why error) {
	if c.ctx.Err() != nil || !c.ending.CompareAndSwap(false, true) {
		return
	}
	defer c.stop(why)
	s := c.server
	switch log := s.cfg.Log.With("client", c.Name(), "index", c.index); {
	case errors.Is(why, errSlow):
		s.slow.Add(1)
		log.Warn("server: a client does not read what it has asked for, it is cut off", "timeout", s.cfg.WriteTimeout)
	case errors.Is(why, errTooLong), errors.Is(why, errHello), errors.Is(why, errNoRoom):
		s.bad.Add(1)
		s.warn("server: a client is cut off", "client", c.Name(), "index", c.index, "error", why)
	case errors.Is(why, os.ErrDeadlineExceeded), errors.Is(why, io.ErrUnexpectedEOF):
		s.bad.Add(1)
		s.warn("server: a client has not sent all of a message", "client", c.Name(), "index", c.index, "error", why)
	default:
		log.Debug("server: a client has gone", "why", why)
	}
}

var errSlow = errors.New("server: the client does not read")

// write sends what is in the outbox until that is closed.
func (c *client) write() error {
	var spare []byte
	for {
		b, large := c.out.take(spare)
		if b == nil {
			return errGone
		}
		err := c.send(b)
		c.server.memory.give(large)
		if err != nil {
			return err
		}
		if len(b) == 0 { // finished
			return errGone
		}
		if spare = b; cap(spare) > 4*maxPending {
			spare = nil
		}
	}
}

func (c *client) send(b []byte) error {
	for len(b) > 0 {
		piece := b[:min(len(b), writePiece)]
		c.conn.SetWriteDeadline(time.Now().Add(c.server.cfg.WriteTimeout))
		n, err := c.conn.Write(piece)
		c.sent.Add(uint64(n))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return errSlow
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// ping answers a control_ping.
func (c *client) ping(r request) {
	r.m.calls.Add(1)
	c.put(r, c.pong(), 0, maxPending+pingPending)
}

func (c *client) pong() *memclnt.ControlPingReply {
	return &memclnt.ControlPingReply{ClientIndex: c.index, VpePID: uint32(os.Getpid())}
}

// put waits for room and puts m into the outbox, as an answer to r.
func (c *client) put(r request, m api.Message, retval api.Errno, limit int) error {
	id := c.server.table.byDesc[m.Desc()].id
	err := c.out.put(whole(id, 0, r.context, m, retval), limit)
	if err == nil {
		c.replies.Add(1)
	}
	return err
}

// refuse answers r with zeros and a retval.
func (c *client) refuse(r request, retval api.Errno) {
	d := r.m.method.Reply
	if c.out.put(zeros(c.server.table.byDesc[d].id, 0, r.context, d, retval), maxPending) == nil {
		c.replies.Add(1)
	}
}

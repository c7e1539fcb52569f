package api

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// eventQueue is how many events of a type wait for whoever takes them; the same number of messages that GoVPP's channels hold. A
// burst longer than that loses events.
const eventQueue = 100

// DirectConn is a connection without a socket: it calls the handlers in the goroutine of the caller. Any number of goroutines may
// use it; their calls overlap, and a call may be made while the details of another come.
type DirectConn struct {
	handlers map[string]Handler // by Desc.ID of the request
	done     chan struct{}

	mu     sync.Mutex
	closed bool
	queues map[string]map[chan Message]struct{} // by Desc.ID of the event; nil when closed
}

// Direct connects to services of the same process. Messages are handed over as they are: neither side changes one afterwards. They
// are encoded all the same, so that what cannot travel fails here too; a handler that panics costs its call, as in a server. Errors
// reach the caller whole, not as a retval only, those of a dump too. Where two services serve one request the first does.
func Direct(services ...Service) *DirectConn {
	c := &DirectConn{
		handlers: map[string]Handler{},
		done:     make(chan struct{}),
		queues:   map[string]map[chan Message]struct{}{},
	}
	for _, s := range services {
		for _, h := range s.Handlers {
			if _, twice := c.handlers[h.Method.Request.ID()]; !twice {
				c.handlers[h.Method.Request.ID()] = h
			}
		}
	}
	return c
}

// Invoke implements Conn.
func (c *DirectConn) Invoke(ctx context.Context, m *Method, request Message, each func(Message) error) (Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, ok := c.handlers[m.Request.ID()]
	if !ok {
		return failed(m, nil, fmt.Errorf("%s: nobody serves it: %w", m.Request.Name, Unimplemented))
	}
	if h.Method.Request != request.Desc() {
		return nil, fmt.Errorf("%s: a request of another type, %s: %w", m.Request.Name, request.Desc().Name, InvalidArgument)
	}
	if _, err := encodes(request); err != nil {
		return nil, err
	}
	reply, e, err := h.direct(WithCaller(ctx, (*directCaller)(c)), request, each)
	if err != nil {
		return failed(m, reply, err)
	}
	if m.Reply == nil {
		return nil, nil
	}
	if reply == nil {
		reply = m.Reply.New()
	}
	if e != 0 {
		return reply, e
	}
	return reply, nil
}

// direct calls the handler, and makes an error of its panic. e is the reply's own retval.
func (h Handler) direct(ctx context.Context, request Message, each func(Message) error) (reply Message, e Errno, err error) {
	var outside atomic.Int32 // in the caller's each, whose panics are the caller's
	defer func() {
		if outside.Load() > 0 {
			return
		}
		if p := recover(); p != nil {
			reply, e, err = nil, 0, Wrap(Bug, fmt.Errorf("api: the handler of %q has panicked: %v", h.Method.Request.Name, p))
		}
	}()
	reply, err = h.Call(ctx, request, func(detail Message) error {
		if _, err := encodes(detail); err != nil || each == nil {
			return err
		}
		outside.Add(1)
		err := each(detail)
		outside.Add(-1)
		return err
	})
	if reply == nil {
		return nil, 0, err
	}
	e, broken := encodes(reply)
	if broken != nil {
		if err != nil {
			broken = fmt.Errorf("%w; beside the error: %v", broken, err)
		}
		return nil, 0, Wrap(Bug, broken)
	}
	return reply, e, err
}

// encoders are for encodes: most messages are small, and none is kept.
var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// encodes tells whether a message can travel, and its retval, 0 where it has none: encoding is the one way to that which needs no
// knowledge of the type.
func encodes(m Message) (retval Errno, err error) {
	e := encoders.Get().(*Encoder)
	e.b, e.err = e.b[:0], nil
	m.Encode(e)
	d := m.Desc()
	if e.err != nil {
		return 0, fmt.Errorf("%s: %w", d.Name, e.err)
	}
	if d.Retval >= 0 {
		retval = d.RetvalIn(e.b)
	}
	if cap(e.b) <= maxKept {
		encoders.Put(e)
	}
	return retval, nil
}

// maxKept is how large a buffer of encodes is kept, in bytes.
const maxKept = 64 << 10

// failed puts the error's retval into the reply, as a server does.
func failed(m *Method, reply Message, err error) (Message, error) {
	d := m.Reply
	if d == nil || d.Retval < 0 {
		return reply, err
	}
	var e Encoder
	if reply != nil {
		reply.Encode(&e)
	}
	if e.err != nil || reply == nil {
		e.b = make([]byte, d.Fixed)
	}
	d.PutRetval(e.b, ErrnoOf(err))
	reply, broken := DecodeBody(d, e.b)
	if broken != nil {
		return nil, err
	}
	return reply, err
}

// Events implements Conn. A type has any number of queues, each of 100 events.
func (c *DirectConn) Events(ctx context.Context, d *Desc) <-chan Message {
	q := make(chan Message, eventQueue)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || ctx.Err() != nil {
		close(q)
		return q
	}
	if c.queues[d.ID()] == nil {
		c.queues[d.ID()] = map[chan Message]struct{}{}
	}
	c.queues[d.ID()][q] = struct{}{}
	context.AfterFunc(ctx, func() { c.leave(d.ID(), q) })
	return q
}

func (c *DirectConn) leave(id string, q chan Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, in := c.queues[id][q]; in {
		delete(c.queues[id], q)
		close(q)
	}
}

// Close ends the connection as handlers see it: the caller's Done is closed, and so are the channels of events. Calls go on.
func (c *DirectConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	close(c.done)
	for _, queues := range c.queues {
		for q := range queues {
			close(q)
		}
	}
	c.queues = nil
	return nil
}

// directCaller is the connection as handlers see it.
type directCaller DirectConn

func (c *directCaller) Name() string          { return "direct" }
func (c *directCaller) Done() <-chan struct{} { return c.done }

// Send implements Caller. An event that nobody takes is not sent, nor is one that cannot be encoded.
func (c *directCaller) Send(event Message) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	queues := c.queues[event.Desc().ID()]
	sent := len(queues) > 0
	if sent {
		if _, err := encodes(event); err != nil {
			return false
		}
	}
	for q := range queues {
		select {
		case q <- event:
		default:
			sent = false
		}
	}
	return sent
}

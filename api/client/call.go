package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

// maxWaiting is how many bytes of a call's details may wait to be taken. It is not a pace: the server sends as fast as the
// client reads, and another call must not wait for this one's details. More than that ends the call.
const maxWaiting = 256 << 20

// ErrTooSlow ends a call whose details are not taken.
var ErrTooSlow = errors.New("client: too many details wait to be taken")

// call is a request that is not answered in full.
type call struct {
	method *api.Method
	mu     sync.Mutex
	list   [][]byte // messages
	bytes  int
	err    error
	more   chan struct{} // has a value when there is something
}

func (l *call) put(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes += len(b); l.bytes > maxWaiting {
		l.list, l.err = nil, ErrTooSlow
	}
	if l.err == nil {
		l.list = append(l.list, b)
	}
	l.signal()
}

func (l *call) end(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = why
	}
	l.signal()
}

func (l *call) signal() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// take waits for messages. The error comes behind the last of them.
func (l *call) take(ctx context.Context) ([][]byte, error) {
	for {
		l.mu.Lock()
		list, err := l.list, l.err
		l.list, l.bytes = nil, 0
		l.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-l.more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Invoke implements api.Conn. A reply comes also with the error that its retval is. A call that ends early leaves the
// connection as it was, unless ctx ended when half of the request was written, which ends the connection. What the server
// still sends for it is passed over.
func (c *Client) Invoke(ctx context.Context, m *api.Method, request api.Message, each func(api.Message) error) (api.Message, error) {
	if request.Desc() != m.Request {
		return nil, fmt.Errorf("client: a %s is sent as %s: %w", request.Desc().Name, m.Request.Name, api.InvalidArgument)
	}
	number := c.nextContext()
	b, err := c.frames(m, request, number)
	if err != nil {
		return nil, err
	}
	if m.Reply == nil && m.Stream == nil {
		return nil, c.write(ctx, b)
	}
	l := &call{method: m, more: make(chan struct{}, 1)}
	if err := c.begin(l, number); err != nil {
		return nil, err
	}
	defer c.finish(number)
	if err := c.write(ctx, b); err != nil {
		return nil, err
	}
	return c.answer(ctx, l, each)
}

// frames is the request, with a ping behind it that ends a dump.
func (c *Client) frames(m *api.Method, request api.Message, number uint32) ([]byte, error) {
	id, err := c.id(m.Request)
	if err != nil {
		return nil, err
	}
	b, err := api.EncodeMessage(make([]byte, frameHeader), id, c.index, number, request)
	if err != nil {
		return nil, err
	}
	b = seal(b, 0)
	if m.Reply == nil && m.Stream != nil {
		start := len(b)
		b = append(b, make([]byte, frameHeader)...)
		b, err = api.EncodeMessage(b, c.pings, c.index, number, new(memclnt.ControlPing))
		b = seal(b, start)
	}
	return b, err
}

var pong = (*memclnt.ControlPingReply)(nil).Desc()

// begin makes the reader hand over what has the call's context.
func (c *Client) begin(l *call, number uint32) error {
	last := l.method.Reply
	if last == nil {
		last = pong
	}
	if last.Kind != api.Reply && last.Kind != api.Request {
		return fmt.Errorf("client: %s has no context to tell whom it answers: %w", last.Name, api.Unimplemented)
	}
	for _, d := range []*api.Desc{last, l.method.Stream} {
		if d == nil {
			continue
		}
		id, err := c.id(d)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.types[id] = d
		c.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.calls[number] != nil {
		return fmt.Errorf("client: %d calls wait for their answers", len(c.calls))
	}
	c.calls[number] = l
	return nil
}

func (c *Client) finish(number uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, number)
}

// answer takes a call's details and its reply.
func (c *Client) answer(ctx context.Context, l *call, each func(api.Message) error) (api.Message, error) {
	for {
		list, err := l.take(ctx)
		if err != nil {
			return nil, fmt.Errorf("client: %s: %w", l.method.Request.Name, err)
		}
		for _, b := range list {
			m, last, err := c.decode(l.method, b)
			if err != nil || last {
				return m, err
			}
			if each == nil {
				continue
			}
			if err := each(m); err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("client: %s: %w", l.method.Request.Name, err)
			}
		}
	}
}

// decode reads a message of a call. The last is the reply, or nil for that to the ping behind a dump.
func (c *Client) decode(method *api.Method, b []byte) (m api.Message, last bool, err error) {
	id, _ := api.DecodeID(b)
	c.mu.Lock()
	d := c.types[id]
	c.mu.Unlock()
	_, m, err = api.DecodeMessage(d, b)
	switch {
	case err != nil:
		return nil, true, fmt.Errorf("client: %w", err)
	case d == method.Stream:
		return m, false, nil
	case d == method.Reply:
		if e := d.RetvalIn(b[d.Kind.HeaderLen():]); e != 0 {
			err = e
		}
		return m, true, err
	case d == pong && method.Reply == nil:
		return nil, true, nil
	}
	return nil, true, fmt.Errorf("client: %s is answered with %s: %w", method.Request.Name, d.Name, api.Bug)
}

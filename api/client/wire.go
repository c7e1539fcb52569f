package client

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/api"
)

// maxEvents is how many events of a type wait for who has asked for them. More are dropped.
const maxEvents = 1024

// write sends b in one piece.
func (c *Client) write(ctx context.Context, b []byte) error {
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return c.Err()
	}
	defer func() { <-c.writing }()
	if err := ctx.Err(); err != nil {
		return err
	}
	cut := make(chan struct{})
	late := context.AfterFunc(ctx, func() { c.conn.SetWriteDeadline(time.Unix(1, 0)); close(cut) })
	n, err := c.conn.Write(b)
	if !late() {
		<-cut
		c.conn.SetWriteDeadline(time.Time{})
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if n > 0 || ctx.Err() == nil {
		c.end(fmt.Errorf("client: cannot send all of a message: %w", err))
	}
	return err
}

// read hands messages over until the connection ends.
func (c *Client) read(r *bufio.Reader) {
	defer close(c.done)
	for {
		b, err := readFrame(r)
		if err != nil {
			c.end(fmt.Errorf("client: the connection has ended: %w", err))
			return
		}
		c.dispatch(b)
	}
}

func (c *Client) dispatch(b []byte) {
	id, ok := api.DecodeID(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.types[id]
	switch {
	case !ok || d == nil: // nobody has asked for such
	case d.Kind == api.Event:
		c.event(id, d, b)
	default:
		if h, _, err := api.DecodeHeader(d.Kind, b); err == nil {
			if l := c.calls[h.Context]; l != nil {
				l.put(b)
			}
		}
	}
}

// event is called with the lock held.
func (c *Client) event(id uint16, d *api.Desc, b []byte) {
	if len(c.events[id]) == 0 {
		return
	}
	_, m, err := api.DecodeMessage(d, b)
	if err != nil {
		return
	}
	for q := range c.events[id] {
		select {
		case q <- m:
		default:
		}
	}
}

// Events implements api.Conn. 1024 events wait for who takes them. Where the server does not have the event the channel is
// closed at once.
func (c *Client) Events(ctx context.Context, d *api.Desc) <-chan api.Message {
	q := make(chan api.Message, maxEvents)
	id, err := c.id(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.err != nil || ctx.Err() != nil {
		close(q)
		return q
	}
	c.types[id] = d
	if c.events[id] == nil {
		c.events[id] = map[chan api.Message]struct{}{}
	}
	c.events[id][q] = struct{}{}
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, there := c.events[id][q]; there {
			delete(c.events[id], q)
			close(q)
		}
	})
	return q
}

var _ api.Conn = (*Client)(nil)

package server

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
)

// execute runs the client's requests, one after the other, until the queue is closed.
func (c *client) execute() error {
	for {
		r, ok := c.queue.pop()
		if !ok {
			return errGone
		}
		c.run(r)
		c.queue.done(r)
		c.server.memory.give(r.large)
	}
}

// run serves r and answers it, as long as somebody listens.
func (c *client) run(r request) {
	if c.ctx.Err() != nil || c.out.ready() != nil {
		return
	}
	r.m.calls.Add(1)
	reply, err := c.call(r)
	if errors.Is(err, errGone) || c.ctx.Err() != nil {
		return
	}
	c.note(r, err)
	switch d := r.m.method.Reply; {
	case d == nil: // a dump, or nothing is said
	case reply == nil:
		c.refuse(r, api.ErrnoOf(err))
	default:
		c.answer(r, reply, api.ErrnoOf(err))
	}
	if c.leaving {
		c.out.finish()
	}
}

// note keeps an error for the operator. It comes before the answer: who has had that finds it.
func (c *client) note(r request, err error) {
	if retval := api.ErrnoOf(err); retval != 0 && retval != api.EAgain {
		r.m.errors.Add(1)
		c.server.failed(c, r, retval, err)
	}
}

// answer sends reply, with retval if that is not 0; one of zeros where it cannot be encoded, is of another type, or has no room.
func (c *client) answer(r request, reply api.Message, retval api.Errno) {
	err := c.guard(r, func() error {
		if d := reply.Desc(); d != r.m.method.Reply {
			return fmt.Errorf("server: %s is answered with %s", r.m.desc.Name, d.Name)
		}
		return c.put(r, reply, retval, maxPending)
	})
	if err == nil || errors.Is(err, errGone) {
		return
	}
	if !errors.Is(err, errNoRoom) {
		err = api.Wrap(api.Bug, err)
	}
	c.note(r, err)
	c.refuse(r, api.ErrnoOf(err))
}

// call decodes r and calls its handler.
func (c *client) call(r request) (reply api.Message, err error) {
	if r.fault != nil {
		return nil, r.fault
	}
	if r.m.call == nil {
		return nil, api.Unimplemented
	}
	m, err := api.DecodeBody(r.m.desc, r.body)
	if err != nil {
		return nil, api.Wrap(api.InvalidValue, err)
	}
	var over atomic.Bool
	defer over.Store(true)
	send := func(detail api.Message) error {
		if over.Load() {
			return errGone
		}
		return c.detail(r, detail)
	}
	err = c.guard(r, func() (err error) {
		reply, err = r.m.call(c.ctx, m, send)
		return err
	})
	return reply, err
}

// detail sends one of a dump's or a stream's details, when there is room.
func (c *client) detail(r request, detail api.Message) error {
	if d := r.m.method.Stream; d == nil || detail.Desc() != d {
		return api.Wrap(api.Bug, fmt.Errorf("server: %s does not send %s", r.m.desc.Name, detail.Desc().Name))
	}
	if c.ctx.Err() != nil {
		return errGone
	}
	err := c.put(r, detail, 0, maxPending)
	if errors.Is(err, errNoRoom) { // a dump cannot say that it is not whole
		c.end(err)
	}
	return err
}

// guard makes an error of a panic.
func (c *client) guard(r request, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.server.panics.Add(1)
			c.server.cfg.Log.Error("server: a handler has panicked", "message", r.m.desc.Name, "client", c.Name(), "panic", p, "stack", string(debug.Stack()))
			err = api.Wrap(api.Bug, fmt.Errorf("server: the handler of %q has panicked: %v", r.m.desc.Name, p))
		}
	}()
	return f()
}

package server

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/gvpp/gvpp/api"
)

const (
	// maxPending is how many bytes of replies and details may wait for the writer before the executor does; there are as many
	// again in the writer's hands. An overtaking ping waits for the client to read these: more would delay it, less would cost
	// more system calls in a dump.
	maxPending = 64 << 10
	// pingPending is the room of pings beyond that: so they pass a dump that keeps the outbox full.
	pingPending = 16 << 10
	// maxIdle is how many bytes a client that is sent nothing keeps for what it will be sent: each has had the table, which is
	// large, and there may be a thousand of them.
	maxIdle = 4 << 10
	// maxEvents is how many bytes of events may wait. More are dropped.
	maxEvents = 128 << 10

	frameHeader = 16 // 8 unused, the length of what follows in 4 bytes, 4 unused
)

// errGone is what those get who write to a client that has gone.
var errGone = errors.New("server: the client has gone")

// outbox holds frames on their way to a client, in order. One goroutine drains it, others fill it.
type outbox struct {
	mu      sync.Mutex
	room    sync.Cond // the writer has taken what was pending, or the outbox is closed
	filled  sync.Cond // there is something, or the outbox is closed
	pending []byte    // whole frames
	events  int       // bytes of events in pending
	memory  *memory   // that large messages take from
	large   int       // bytes of the memory that pending holds
	closed  bool      // nothing more is taken
	ended   bool      // closed, and what is pending is to be sent
}

func newOutbox(m *memory) *outbox {
	o := &outbox{memory: m}
	o.room.L, o.filled.L = &o.mu, &o.mu
	return o
}

// appender appends a message, header and all.
type appender func(b []byte) ([]byte, error)

// whole is m, with retval in place of its own where that is not 0.
func whole(id uint16, client, context uint32, m api.Message, retval api.Errno) appender {
	return func(b []byte) ([]byte, error) {
		d, start := m.Desc(), len(b)
		b, err := api.EncodeMessage(b, id, client, context, m)
		if err == nil && retval != 0 {
			d.PutRetval(b[start+d.Kind.HeaderLen():], retval)
		}
		return b, err
	}
}

// zeros is a message of type d with nothing but a retval in it, in its full size.
func zeros(id uint16, client, context uint32, d *api.Desc, retval api.Errno) appender {
	return func(b []byte) ([]byte, error) { return api.EncodeZero(b, id, client, context, d, retval), nil }
}

// put waits for room, below limit bytes, and appends a frame. errNoRoom is for a large one that the memory of all has no room for.
func (o *outbox) put(fill appender, limit int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.wait(limit); err != nil {
		return err
	}
	_, err := o.append(fill)
	return err
}

// ready waits until fewer than maxPending bytes wait: who answers a client that does not read makes no more for it.
func (o *outbox) ready() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.wait(maxPending)
}

// wait is called with the lock held.
func (o *outbox) wait(limit int) error {
	for len(o.pending)-o.events >= limit && !o.closed {
		o.room.Wait()
	}
	if o.closed {
		return errGone
	}
	return nil
}

// event appends a frame if there is room for it.
func (o *outbox) event(fill appender) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.events >= maxEvents {
		return false, nil
	}
	n, err := o.append(fill)
	o.events += n
	return err == nil, err
}

// append is called with the lock held. A fill that fails or panics leaves nothing.
func (o *outbox) append(fill appender) (int, error) {
	start := len(o.pending)
	b, err := fill(append(o.pending, make([]byte, frameHeader)...))
	if err != nil {
		return 0, err
	}
	if more := len(b) - start - smallMessage; more > 0 {
		if !o.memory.take(more) {
			return 0, errNoRoom
		}
		o.large += more
	}
	binary.BigEndian.PutUint32(b[start+8:], uint32(len(b)-start-frameHeader))
	o.pending = b
	if start == 0 {
		o.filled.Signal()
	}
	return len(b) - start, nil
}

// take gives what is pending in exchange for an empty buffer, and how many bytes of the memory it holds. It waits for something; nil
// once there will be nothing.
func (o *outbox) take(empty []byte) (b []byte, large int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) == 0 {
		o.pending, empty = small(o.pending), small(empty)
	}
	for len(o.pending) == 0 && !o.closed {
		o.filled.Wait()
	}
	if o.closed && !o.ended {
		return nil, 0
	}
	b, large = o.pending, o.large
	o.pending, o.events, o.large = empty[:0], 0, 0
	o.room.Broadcast()
	return b, large
}

func small(b []byte) []byte {
	if cap(b) > maxIdle {
		return nil
	}
	return b
}

// close ends everything, and finish does once what is pending has been taken.
func (o *outbox) close() { o.end(false) }

func (o *outbox) finish() { o.end(true) }

func (o *outbox) end(flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed, o.ended = true, flush
	} else if !flush {
		o.ended = false
	}
	if !o.ended {
		o.memory.give(o.large)
		o.large = 0
	}
	o.room.Broadcast()
	o.filled.Broadcast()
}

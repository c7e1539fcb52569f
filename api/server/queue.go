package server

import (
	"sync"
	"time"
)

// maxQueued is how many bytes of requests may wait in a client's queue before the reader does.
const maxQueued = 128 << 10

// request is a message of a client that waits for the executor, or is run.
type request struct {
	m       *message
	context uint32
	body    []byte
	fault   error // why it cannot be served: it is answered with an error
	large   int   // bytes of the server's memory for large messages that it holds
}

// channelOf says to which of the client's sequences of requests a context belongs: GoVPP keeps the number of its channel in
// the upper 15 bits (govpp v0.13.0, core/request_handler.go, packRequestContext).
func channelOf(context uint32) uint16 { return uint16(context >> 17) }

// isFirst tells whether a context is the lowest of its channel: where a client counts them up, what came before it is of another one.
func isFirst(context uint32) bool { return context<<15 == 0 }

// queue holds requests in their order. One goroutine fills it, one drains it.
type queue struct {
	mu     sync.Mutex
	room   sync.Cond // a request has been taken, or the queue is closed
	filled sync.Cond // there is a request, or the queue is closed
	list   []request
	bytes  int            // in list
	busy   map[uint16]int // requests in list or run, by channel
	closed bool
}

func newQueue() *queue {
	q := &queue{busy: map[uint16]int{}}
	q.room.L, q.filled.L = &q.mu, &q.mu
	return q
}

// hangupInterval is how often a reader that waits for room in the queue looks whether there still is a client.
const hangupInterval = 200 * time.Millisecond

// push waits for room and appends r; false when the queue is closed or, meanwhile, the client is gone. A queue that is empty
// has room for any request.
func (q *queue) push(r request, limit int, gone func() bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.list) > 0 && (len(q.list) >= limit || q.bytes+len(r.body) > maxQueued) && !q.closed {
		if gone() {
			return false
		}
		t := time.AfterFunc(hangupInterval, q.room.Signal)
		q.room.Wait()
		t.Stop()
	}
	if q.closed {
		return false
	}
	q.list = append(q.list, r)
	q.bytes += len(r.body)
	q.busy[channelOf(r.context)]++
	q.filled.Signal()
	return true
}

// pop waits for the next request; false when the queue is closed. The caller calls done for it.
func (q *queue) pop() (request, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.list) == 0 && !q.closed {
		q.filled.Wait()
	}
	if q.closed {
		return request{}, false
	}
	r := q.list[0]
	q.list[0] = request{}
	q.list = q.list[1:]
	q.bytes -= len(r.body)
	q.room.Signal()
	return r, true
}

// done says that what r is answered with is in the outbox.
func (q *queue) done(r request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := channelOf(r.context)
	if q.busy[c]--; q.busy[c] == 0 {
		delete(q.busy, c)
	}
}

// idle tells whether nothing waits or is run that a ping with the context must not overtake.
func (q *queue) idle(context uint32) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.busy) == 0 || !isFirst(context) && q.busy[channelOf(context)] == 0
}

// close drops what waits, and returns it.
func (q *queue) close() []request {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.list
	q.list, q.bytes, q.closed = nil, 0, true
	q.room.Broadcast()
	q.filled.Broadcast()
	return left
}

// len is how many requests wait.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list)
}

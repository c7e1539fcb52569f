package graph

import (
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// handoffSize bounds the packets under way from one worker to another, a power of two. Too low, and a worker that loses
// its core for a millisecond makes others drop (1024: some hundred of 150,000 on a busy machine); too high, and a slow
// port's backlog grows old and ties up buffers.
const handoffSize = 4096

// handoff is a ring of packets from one worker to another, which owns the port that they leave by. Single producer,
// single consumer.
//
//	producer: ring[tail], tail++ ──> consumer: ring[head], head++
type handoff struct {
	head atomic.Uint32 // the consumer's
	_    [60]byte
	tail atomic.Uint32 // the producer's
	_    [60]byte
	ring [handoffSize]buffer.Index
}

// push adds buffers and returns how many fitted.
func (h *handoff) push(bufs []buffer.Index) int {
	tail := h.tail.Load()
	n := min(len(bufs), handoffSize-int(tail-h.head.Load()))
	for i, b := range bufs[:n] {
		h.ring[(tail+uint32(i))%handoffSize] = b
	}
	h.tail.Store(tail + uint32(n))
	return n
}

// pop moves up to len(dst) buffers out.
func (h *handoff) pop(dst []buffer.Index) int {
	head := h.head.Load()
	n := min(len(dst), int(h.tail.Load()-head))
	for i := range dst[:n] {
		dst[i] = h.ring[(head+uint32(i))%handoffSize]
	}
	h.head.Store(head + uint32(n))
	return n
}

// connectHandoffs gives each ordered pair of workers a ring.
func (g *Graph) connectHandoffs() {
	for _, to := range g.Workers {
		to.from = make([]*handoff, len(g.Workers))
		for i := range g.Workers {
			if i != to.id {
				to.from[i] = new(handoff)
			}
		}
	}
}

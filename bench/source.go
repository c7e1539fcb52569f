package main

import (
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// source is an interface that forgets what it is to send, and may receive a vector of packets at each call: the load of all
// scenarios was that before the packet generator's streams were, and the pg scenario compares them with it. It does not allocate.
type source struct {
	name   string
	queues []*sourceQueue
}

// sourceQueue is a port of a source. Its fields are changed only while no worker runs.
type sourceQueue struct {
	traffic traffic // nil: nothing comes
	vector  int     // packets that come at once
	cache   *buffer.Cache
}

func newSource(name string, queues int) *source {
	s := &source{name: name}
	for range queues {
		s.queues = append(s.queues, &sourceQueue{vector: 256})
	}
	return s
}

// sourceMAC is whom all traffic is for: interfaces that route take only that.
var sourceMAC = net.HardwareAddr{2, 0, 0, 0, 0, 2}

func (s *source) Name() string                         { return s.name }
func (s *source) Open(*port.Host) (port.Device, error) { return s, nil }
func (s *source) Close() error                         { return nil }
func (s *source) Info() port.Info {
	return port.Info{Driver: "source", MAC: sourceMAC, Queues: len(s.queues), LinkUp: true}
}

func (s *source) Ports() (out []port.Port) {
	for _, q := range s.queues {
		out = append(out, q)
	}
	return out
}

func (q *sourceQueue) Bind(c *buffer.Cache)       { q.cache = c }
func (q *sourceQueue) Flush() bool                { return false }
func (q *sourceQueue) FD() int                    { return -1 }
func (q *sourceQueue) Stats(func(string, uint64)) {}

func (q *sourceQueue) Rx(dst []buffer.Index) int {
	if q.traffic == nil {
		return 0
	}
	pool := q.cache.Pool()
	n := q.cache.Alloc(dst[:min(len(dst), q.vector)])
	for _, b := range dst[:n] {
		pool.Put(b, q.traffic.Next())
	}
	return n
}

func (q *sourceQueue) Tx(src []buffer.Index) int {
	q.cache.Free(src)
	return len(src)
}

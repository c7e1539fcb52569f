package server

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
)

// ClientInfo is what is known of a connected client.
type ClientInfo struct {
	Name            string
	Index           uint32
	Since           time.Time
	Requests        uint64 // messages received
	Replies         uint64 // replies and details put out
	Events, Dropped uint64 // events put out, and those for which there was no room
	Received, Sent  uint64 // bytes
	Waiting         int    // requests in the queue
}

// Clients are the connected clients, the oldest first.
func (s *Server) Clients() []ClientInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []ClientInfo
	for c := range s.clients {
		list = append(list, ClientInfo{
			Name: c.Name(), Index: c.index, Since: c.since, Requests: c.requests.Load(), Replies: c.replies.Load(), Events: c.events.Load(),
			Dropped: c.dropped.Load(), Received: c.in.bytes.Load(), Sent: c.sent.Load(), Waiting: c.queue.len(),
		})
	}
	slices.SortFunc(list, func(a, b ClientInfo) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Index, b.Index)) })
	return list
}

// MessageInfo is an entry of the table.
type MessageInfo struct {
	ID            uint16
	Name          string
	CRC           uint32
	Module        string
	Request       bool // else a reply, a detail or an event
	Handled       bool // a request with a handler, which may answer that it is not implemented
	Calls, Errors uint64
}

// Messages is the table in the order of ids.
func (s *Server) Messages() []MessageInfo {
	list := make([]MessageInfo, len(s.table.messages))
	for i, m := range s.table.messages {
		list[i] = MessageInfo{
			ID: m.id, Name: m.desc.Name, CRC: m.desc.CRC, Module: m.module, Request: m.method != nil, Handled: m.call != nil,
			Calls: m.calls.Load(), Errors: m.errors.Load(),
		}
	}
	return list
}

// Stats are the server's own figures since it was made.
type Stats struct {
	Clients     int
	Accepted    uint64 // connections
	Refused     uint64 // connections, because there were too many
	Malformed   uint64 // connections ended for a message too long, cut, late, or before sockclnt_create
	Slow        uint64 // connections ended because the client did not read
	Unknown     uint64 // messages without an answer: an unknown id, or nothing that one may ask for
	Panics      uint64 // of handlers
	LargeMemory int64  // bytes that large messages hold now
}

// Stats reads the figures.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	n := len(s.clients)
	s.mu.Unlock()
	return Stats{
		Clients: n, Accepted: s.accepted.Load(), Refused: s.refused.Load(), Malformed: s.bad.Load(), Slow: s.slow.Load(),
		Unknown: s.unknowns.Load(), Panics: s.panics.Load(), LargeMemory: s.memory.used.Load(),
	}
}

// Failure is a request that was answered with an error, or, where it has no reply, ended with one.
type Failure struct {
	Time            time.Time
	Client, Message string
	Retval          api.Errno
	Text            string
}

// Failures are the last ones, the oldest first, maxFailures at most.
func (s *Server) Failures() []Failure { return s.failures.list() }

const (
	maxFailures    = 64
	maxFailureText = 512 // bytes
)

type ring struct {
	mu   sync.Mutex
	last [maxFailures]Failure
	n    int
}

func (r *ring) add(f Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[r.n%maxFailures] = f
	r.n++
}

func (r *ring) list() (l []Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := max(0, r.n-maxFailures); i < r.n; i++ {
		l = append(l, r.last[i%maxFailures])
	}
	return l
}

func (s *Server) failed(c *client, r request, retval api.Errno, err error) {
	f := Failure{Time: time.Now(), Client: c.Name(), Message: r.m.desc.Name, Retval: retval, Text: err.Error()}
	f.Text = f.Text[:min(len(f.Text), maxFailureText)]
	s.failures.add(f)
	if r.m.method.Reply == nil { // the client does not hear of it
		s.warn("server: a request has failed, and its client cannot be told", "client", f.Client, "message", f.Message, "retval", int32(retval), "error", f.Text)
		return
	}
	s.cfg.Log.Debug("server: a request has failed", "client", f.Client, "message", f.Message, "retval", int32(retval), "error", f.Text)
}

// unknown counts a message that is not answered. m is nil where its id means nothing.
func (s *Server) unknown(c *client, msg []byte, m *message) {
	s.unknowns.Add(1)
	switch {
	case len(msg) < 2:
		s.warn("server: a message without an id is dropped", "client", c.Name(), "bytes", len(msg))
	case m == nil:
		s.warn("server: a message of an unknown id is dropped", "client", c.Name(), "id", binary.BigEndian.Uint16(msg))
	default:
		s.warn("server: a message that is no request, or has half a header, is dropped", "client", c.Name(), "message", m.desc.Name, "bytes", len(msg))
	}
}

// warn logs what clients can bring about at will, within bounds.
func (s *Server) warn(text string, args ...any) {
	if skipped, ok := s.quiet.allow(time.Now()); ok {
		s.cfg.Log.Warn(text, append(args, "left_out", skipped)...)
	}
}

// logInterval is the least time between two such lines.
const logInterval = time.Second

type limiter struct {
	next    atomic.Int64 // in nanoseconds of the wall clock
	skipped atomic.Uint64
}

func (l *limiter) allow(now time.Time) (skipped uint64, ok bool) {
	next := l.next.Load()
	if now.UnixNano() < next || !l.next.CompareAndSwap(next, now.Add(logInterval).UnixNano()) {
		l.skipped.Add(1)
		return 0, false
	}
	return l.skipped.Swap(0), true
}

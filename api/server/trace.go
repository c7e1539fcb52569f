package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

const (
	// DefaultTrace is how many messages a trace keeps unless told otherwise.
	DefaultTrace = 16 << 10
	// MaxTrace is how many it keeps at most.
	MaxTrace = 1 << 20
	// maxTraceBytes bounds what the messages of a trace hold: beyond it the oldest go.
	maxTraceBytes = 16 << 20
)

// ErrNoTrace is that of a trace that has nothing to save.
var ErrNoTrace = errors.New("server: no API trace: nothing was received since it was turned on; `api trace on` begins one")

// trace keeps the newest messages that clients have sent.
type trace struct {
	on atomic.Bool

	mu    sync.Mutex
	limit int
	list  [][]byte // guarded by mu, as what follows: the oldest first
	held  int      // bytes
	lost  uint64   // messages that have made room for others, or were too long
}

// TraceStatus tells of the trace of what clients have sent.
type TraceStatus struct {
	On       bool   `json:"on"`
	Messages int    `json:"messages"`
	Limit    int    `json:"limit"`
	Lost     uint64 `json:"lost"` // that have made room for others
}

// Trace begins to keep the newest messages that clients send, as many as limit says, 0 for DefaultTrace; what was kept before is
// forgotten. They are kept as they came.
func (s *Server) Trace(limit int) {
	if limit <= 0 {
		limit = DefaultTrace
	}
	t := &s.trace
	t.mu.Lock()
	t.limit = min(limit, MaxTrace)
	t.list, t.held, t.lost = nil, 0, 0
	t.mu.Unlock()
	t.on.Store(true)
}

// StopTrace keeps no more; what was kept stays until FreeTrace.
func (s *Server) StopTrace() { s.trace.on.Store(false) }

// FreeTrace forgets what was kept.
func (s *Server) FreeTrace() {
	t := &s.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list, t.held, t.lost = nil, 0, 0
}

// TraceStatus tells how far the trace has come.
func (s *Server) TraceStatus() TraceStatus {
	t := &s.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	return TraceStatus{On: t.on.Load(), Messages: len(t.list), Limit: t.limit, Lost: t.lost}
}

// add keeps a message, or does nothing.
func (t *trace) add(msg []byte) {
	if !t.on.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(msg) > maxTraceBytes {
		t.lost++
		return
	}
	for len(t.list) > 0 && (len(t.list) >= t.limit || t.held+len(msg) > maxTraceBytes) {
		t.held -= len(t.list[0])
		t.list[0], t.list = nil, t.list[1:]
		t.lost++
	}
	t.list = append(t.list, bytes.Clone(msg))
	t.held += len(msg)
}

// SaveTrace writes what was kept, in the format of VPP's api trace save: a header of 9 bytes (number of messages, length of the
// table, whether some are lost), the table of message ids and names, and each message behind its length. Numbers of 32 bits are
// big-endian.
func (s *Server) SaveTrace(w io.Writer) error {
	t := &s.trace
	t.mu.Lock()
	list, lost := t.list[:len(t.list):len(t.list)], t.lost
	t.mu.Unlock()
	if len(list) == 0 {
		return ErrNoTrace
	}
	table := s.table.serialize()
	out := binary.BigEndian.AppendUint32(nil, uint32(len(list)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(table)))
	wrapped := byte(0)
	if lost > 0 {
		wrapped = 1
	}
	out = append(append(out, wrapped), table...)
	for _, m := range list {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(m))), m...)
	}
	_, err := w.Write(out)
	return err
}

// serialize is the table as VPP writes it: how many, big-endian, and then ids and names.
func (t *table) serialize() []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(t.messages)))
	for _, m := range t.messages {
		name := m.desc.ID()
		out = append(appendSmall(appendSmall(out, uint32(m.id)), uint32(len(name))), name...)
	}
	return out
}

// appendSmall appends a number below 16512 as VPP does, in one byte or two: the lowest bits say how many.
func appendSmall(b []byte, n uint32) []byte {
	const one, two = 1 << 7, 1<<7 + 1<<14
	switch {
	case n < one:
		return append(b, byte(1+2*n))
	case n < two:
		return binary.LittleEndian.AppendUint16(b, uint16(4*(n-one)+2))
	}
	return binary.LittleEndian.AppendUint32(b, 8*(n-two)+4)
}

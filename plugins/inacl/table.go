package inacl

import (
	"encoding/binary"
	"fmt"

	"github.com/gvpp/gvpp/api"
)

// Bounds of a table.
const (
	vectorSize = 16
	maxVectors = 8       // that it looks at
	maxSkip    = 64      // vectors in front
	maxTables  = 1 << 12 // tables
	maxChain   = 64      // tables that a packet asks, one behind the other
	maxOffset  = 1 << 12 // bytes
)

// None as the index of a table says that there is none.
const None = ^uint32(0)

// Retvals of VPP's.
const (
	noSuchTable api.Errno = -65
	inUse       api.Errno = -147
)

// Table says what a table looks at.
type Table struct {
	Index   uint32
	Skip    int    // vectors of 16 bytes in front of the mask
	Mask    []byte // whole vectors
	Next    uint32 // that is asked about what misses; None: none
	Deny    bool   // what misses here, where there is no next table
	Current bool   // it begins at the header that the node is about, and not with the frame
	Offset  int    // bytes that it begins behind that; with Current
	Buckets uint32 // told as it was given: it has no meaning here
}

// table is a Table with its sessions. It does not change; the sessions do.
type table struct {
	Table
	mask     []uint64
	sessions *sessions
}

// check says what is wrong with a table.
func (t *Table) check() error {
	switch n := len(t.Mask); {
	case n == 0 || n%vectorSize != 0 || n > maxVectors*vectorSize:
		return api.Wrap(api.InvalidValue, fmt.Errorf("inacl: a mask of %d bytes: want 1 to %d vectors of %d", n, maxVectors, vectorSize))
	case t.Skip < 0 || t.Skip > maxSkip:
		return api.Wrap(api.InvalidValue, fmt.Errorf("inacl: %d vectors to skip: at most %d", t.Skip, maxSkip))
	case t.Offset < -maxOffset || t.Offset > maxOffset:
		return api.Wrap(api.InvalidValue, fmt.Errorf("inacl: offset %d: want %d to %d", t.Offset, -maxOffset, maxOffset))
	}
	return nil
}

func newTable(t Table, seed uint64) *table {
	return &table{Table: t, mask: words(nil, t.Mask), sessions: newSessions(seed)}
}

// words appends bytes as numbers.
func words(to []uint64, b []byte) []uint64 {
	for ; len(b) >= 8; b = b[8:] {
		to = append(to, binary.NativeEndian.Uint64(b))
	}
	return to
}

// session makes a session of a match, which has the bytes that the table skips, too.
func (t *table) session(match []byte) (*Session, error) {
	if want := t.Skip*vectorSize + len(t.Mask); len(match) != want {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("inacl: a match of %d bytes for table %d: want %d, those that it skips included", len(match), t.Index, want))
	}
	e := &Session{Match: make([]byte, len(match))}
	at := t.Skip * vectorSize
	for i, m := range t.Mask {
		e.Match[at+i] = match[at+i] & m
	}
	e.key = words(nil, e.Match[at:])
	e.hash = t.sessions.hashOf(e.key)
	return e, nil
}

// put adds a session of a match. Plugin.mu is held.
func (t *table) put(match []byte, deny bool, opaque uint32) error {
	e, err := t.session(match)
	if err != nil {
		return err
	}
	if t.sessions.live >= maxSessions {
		return api.Wrap(api.InvalidValue, fmt.Errorf("inacl: table %d has %d sessions, the most there can be", t.Index, maxSessions))
	}
	e.Deny, e.Opaque = deny, opaque
	t.sessions.put(e)
	return nil
}

// ask finds the session that a packet's bytes have, which begin at place at and may begin before the packet. key and room are memory
// for it.
func (t *table) ask(p []byte, at int, key []uint64, room []byte) *Session {
	key = key[:len(t.mask)]
	at += t.Skip * vectorSize
	if n := len(t.mask) * 8; at >= 0 && at+n <= len(p) {
		p = p[at : at+n]
	} else {
		p = cut(room[:n], p, at)
	}
	for i, m := range t.mask {
		key[i] = binary.NativeEndian.Uint64(p[8*i:]) & m
	}
	return t.sessions.find(key, t.sessions.hashOf(key))
}

// cut fills room with the bytes of p from place at on, zeros where there are none.
func cut(room, p []byte, at int) []byte {
	clear(room)
	if at < 0 {
		if -at < len(room) {
			copy(room[-at:], p)
		}
	} else if at < len(p) {
		copy(room, p[at:])
	}
	return room
}

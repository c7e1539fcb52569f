package inacl

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// maxSessions bounds the sessions of a table.
const maxSessions = 1 << 20

// Session is a value of the bytes that a table's mask leaves, and what it means.
type Session struct {
	Match  []byte // what the table skips and what it looks at, masked
	Deny   bool
	Opaque uint32 // whatever the client wants to know it by

	key  []uint64
	hash uint64
	hits atomic.Uint64
}

// Hits is how many packets have had the value.
func (s *Session) Hits() uint64 { return s.hits.Load() }

// sessions is an open-addressed set. Workers look, one control goroutine at a time changes.
type sessions struct {
	seed  uint64
	slots atomic.Pointer[[]atomic.Pointer[Session]] // published; a power of two of them
	live  int                                       // guarded by Plugin.mu, as used
	used  int                                       // slots that are not empty
}

// dead stands where a session was: what was put behind it is still found.
var dead = new(Session)

const firstSlots = 16

func newSessions(seed uint64) *sessions {
	s := &sessions{seed: seed}
	slots := make([]atomic.Pointer[Session], firstSlots)
	s.slots.Store(&slots)
	return s
}

// hashOf mixes a key.
func (s *sessions) hashOf(key []uint64) uint64 {
	h := s.seed
	for _, w := range key {
		hi, lo := bits.Mul64(h^w^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	return h
}

// find is nil for a value that no session has.
func (s *sessions) find(key []uint64, hash uint64) *Session {
	slots := *s.slots.Load()
	for at := hash; ; at++ {
		e := slots[at&uint64(len(slots)-1)].Load()
		if e == nil {
			return nil
		}
		if e.hash == hash && e != dead && slices.Equal(e.key, key) {
			return e
		}
	}
}

// put adds a session, in the place of one with the same value. Plugin.mu is held.
func (s *sessions) put(e *Session) {
	slots := *s.slots.Load()
	if at, ok := s.place(e); ok {
		e.hits.Store(slots[at].Load().hits.Load())
		slots[at].Store(e)
		return
	}
	if 2*(s.used+1) > len(slots) {
		s.rehash()
	}
	at, _ := s.place(e)
	(*s.slots.Load())[at].Store(e)
	s.live++
	s.used++
}

// place is where a session with e's value is, else the empty slot for it. Plugin.mu is held.
func (s *sessions) place(e *Session) (at uint64, ok bool) {
	slots := *s.slots.Load()
	for at = e.hash; ; at++ {
		at &= uint64(len(slots) - 1)
		switch old := slots[at].Load(); {
		case old == nil:
			return at, false
		case old != dead && old.hash == e.hash && slices.Equal(old.key, e.key):
			return at, true
		}
	}
}

// remove takes the session with e's value out. Plugin.mu is held.
func (s *sessions) remove(e *Session) bool {
	at, ok := s.place(e)
	if ok {
		(*s.slots.Load())[at].Store(dead)
		s.live--
	}
	return ok
}

// rehash makes room, without the dead. Workers that look into the old slots meanwhile find what was there.
func (s *sessions) rehash() {
	n := firstSlots
	for n < 4*(s.live+1) {
		n *= 2
	}
	slots := make([]atomic.Pointer[Session], n)
	for _, e := range s.all() {
		for at := e.hash; ; at++ {
			if to := &slots[at&uint64(n-1)]; to.Load() == nil {
				to.Store(e)
				break
			}
		}
	}
	s.used = s.live
	s.slots.Store(&slots)
}

// all is the sessions, in the order of their values. Plugin.mu is held.
func (s *sessions) all() (list []*Session) {
	for i := range *s.slots.Load() {
		if e := (*s.slots.Load())[i].Load(); e != nil && e != dead {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *Session) int { return slices.Compare(a.Match, b.Match) })
	return list
}

package fib

import (
	"fmt"
	"sync/atomic"
)

// Epochs tells when workers have let go of what they saw: an *epoch.Domain.
type Epochs interface {
	Advance() uint64
	Passed(epoch uint64) bool
}

// slots is values that workers find by number. A value is replaced whole. A number that is given back is used again when no
// worker can have it.
type slots[T any] struct {
	at     []atomic.Pointer[T] // published, each for itself; never moves
	used   uint32              // those below have been given out
	free   []uint32
	left   []left // given back, oldest first
	inUse  int
	epochs Epochs
}

// left is a number that workers may still have until its epoch has passed.
type left struct {
	id    uint32
	epoch uint64
}

func newSlots[T any](n int, epochs Epochs) *slots[T] {
	return &slots[T]{at: make([]atomic.Pointer[T], n), epochs: epochs}
}

// take gives v a number.
func (s *slots[T]) take(v *T) (uint32, error) {
	s.reclaim()
	var id uint32
	switch {
	case len(s.free) > 0:
		id, s.free = s.free[len(s.free)-1], s.free[:len(s.free)-1]
	case int(s.used) < len(s.at):
		id = s.used
		s.used++
	default:
		return 0, fmt.Errorf("fib: all %d places are taken; delete routes or neighbours: %w", len(s.at), ErrFull)
	}
	s.inUse++
	s.at[id].Store(v)
	return id, nil
}

// reclaim makes numbers free that no worker has any more.
func (s *slots[T]) reclaim() {
	n := 0
	for n < len(s.left) && s.epochs.Passed(s.left[n].epoch) {
		s.free = append(s.free, s.left[n].id)
		n++
	}
	s.left = s.left[n:]
}

// give gives a number back. Nothing that is published now or later leads to it.
func (s *slots[T]) give(id uint32) {
	s.inUse--
	s.left = append(s.left, left{id, s.epochs.Advance()})
}

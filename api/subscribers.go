package api

import (
	"errors"
	"iter"
	"maps"
	"sync"
)

// Subscribers are the clients that want events of a kind, with what each has asked for: its pid, a filter. The zero value is
// nobody. Its methods may be called from any goroutine.
type Subscribers[T any] struct {
	mu  sync.Mutex
	set map[Caller]*subscriber[T]
}

type subscriber[T any] struct {
	wants T
	ended chan struct{}
}

var (
	errSubscribed   = Wrap(InvalidRegistration, errors.New("api: this client wants these events already"))
	errUnsubscribed = Wrap(InvalidRegistration, errors.New("api: this client does not want these events"))
	errNobody       = Wrap(InvalidRegistration, errors.New("api: there is no client that events could be sent to"))
)

// Set begins a client's subscription or ends it, as a want_…_events does: InvalidRegistration where that is so already. The
// subscription of a client that goes ends by itself.
func (s *Subscribers[T]) Set(c Caller, enable bool, wants T) error {
	if c == nil {
		return errNobody
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	has := s.set[c]
	switch {
	case enable && has != nil:
		return errSubscribed
	case !enable && has == nil:
		return errUnsubscribed
	case !enable:
		delete(s.set, c)
		close(has.ended)
		return nil
	}
	if s.set == nil {
		s.set = map[Caller]*subscriber[T]{}
	}
	one := &subscriber[T]{wants, make(chan struct{})}
	s.set[c] = one
	go func() {
		select {
		case <-one.ended:
		case <-c.Done():
			s.forget(c, one)
		}
	}()
	return nil
}

// forget ends a subscription, unless the client has ended it, and perhaps begun another.
func (s *Subscribers[T]) forget(c Caller, one *subscriber[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set[c] == one {
		delete(s.set, c)
	}
}

// Send sends each client what event makes for it; nil is nothing. No client that Set has taken off gets one behind that. Event
// must not call Set.
func (s *Subscribers[T]) Send(event func(wants T) Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, one := range s.set {
		if m := event(one.wants); m != nil {
			c.Send(m)
		}
	}
}

// All is the clients of now, in no order, with what each wants. One may be taken off while the loop runs: see Send.
func (s *Subscribers[T]) All() iter.Seq2[Caller, T] {
	return func(yield func(Caller, T) bool) {
		s.mu.Lock()
		now := maps.Clone(s.set)
		s.mu.Unlock()
		for c, one := range now {
			if !yield(c, one.wants) {
				return
			}
		}
	}
}

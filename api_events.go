package gvpp

import (
	"errors"
	"sync"

	"github.com/gvpp/gvpp/api"
)

// subscriptions is which clients want events of a kind. A client's ends when it goes.
type subscriptions struct {
	mu   sync.Mutex
	stop map[api.Caller]func() // guarded by mu
}

var (
	errWanted   = api.Wrap(api.InvalidRegistration, errors.New("gvpp: this client wants these events already"))
	errUnwanted = api.Wrap(api.InvalidRegistration, errors.New("gvpp: this client does not want these events"))
)

// set begins or ends a client's subscription; begin returns what ends it.
func (s *subscriptions) set(c api.Caller, on bool, begin func() (end func())) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, has := s.stop[c]
	switch {
	case on && has:
		return errWanted
	case !on && !has:
		return errUnwanted
	case !on:
		delete(s.stop, c)
		end()
		return nil
	}
	if s.stop == nil {
		s.stop = map[api.Caller]func(){}
	}
	ended := make(chan struct{})
	stop := begin()
	s.stop[c] = sync.OnceFunc(func() { stop(); close(ended) })
	go func() {
		select {
		case <-ended:
		case <-c.Done():
			s.drop(c, ended)
		}
	}()
	return nil
}

// drop ends the subscription of a client that has gone.
func (s *subscriptions) drop(c api.Caller, ended chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-ended: // by its own wish, and there may be another one by now
	default:
		s.stop[c]()
		delete(s.stop, c)
	}
}

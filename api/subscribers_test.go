package api_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/gvpp/gvpp/api"
)

type client struct{ gone chan struct{} }

func (c *client) Name() string          { return "" }
func (c *client) Send(api.Message) bool { return true }
func (c *client) Done() <-chan struct{} { return c.gone }

func TestSubscribers(t *testing.T) {
	var s api.Subscribers[uint32]
	a, b := &client{make(chan struct{})}, &client{make(chan struct{})}
	set := func(c api.Caller, enable bool, pid uint32, want error) {
		t.Helper()
		if err := s.Set(c, enable, pid); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	is := func(want map[api.Caller]uint32) {
		t.Helper()
		for c, pid := range s.All() {
			if want[c] != pid {
				t.Errorf("a client with pid %d, want %d", pid, want[c])
			}
			delete(want, c)
		}
		if len(want) > 0 {
			t.Errorf("not there: %v", want)
		}
	}
	is(nil)
	set(a, false, 1, api.InvalidRegistration)
	set(nil, true, 1, api.InvalidRegistration)
	set(a, true, 1, nil)
	set(b, true, 2, nil)
	set(a, true, 3, api.InvalidRegistration)
	is(map[api.Caller]uint32{a: 1, b: 2})
	for c := range s.All() {
		set(c, false, 0, nil) // in the middle of it
	}
	is(nil)
	set(a, true, 5, nil)
	set(b, true, 2, nil)
	is(map[api.Caller]uint32{a: 5, b: 2})
	close(a.gone)
	for left := 2; left != 1; runtime.Gosched() { // until it is noticed; else the test's deadline
		left = 0
		for range s.All() {
			left++
		}
	}
	is(map[api.Caller]uint32{b: 2})
}

package api_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
)

type client struct {
	gone chan struct{}
	got  []api.Message
}

func (c *client) Name() string            { return "" }
func (c *client) Send(m api.Message) bool { c.got = append(c.got, m); return true }
func (c *client) Done() <-chan struct{}   { return c.gone }

func TestSubscribers(t *testing.T) {
	var s api.Subscribers[uint32]
	a, b := &client{gone: make(chan struct{})}, &client{gone: make(chan struct{})}
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
	event := apitest.New(apitest.Event, 1, 2)
	s.Send(func(pid uint32) api.Message {
		if pid == 1 {
			return nil
		}
		return event
	})
	if len(a.got) != 0 || len(b.got) != 1 || b.got[0] != event {
		t.Errorf("%v and %v", a.got, b.got)
	}
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

// TestNoEventBehindTheEnd takes a client off while others send.
func TestNoEventBehindTheEnd(t *testing.T) {
	var s api.Subscribers[*int]
	c := &client{gone: make(chan struct{})}
	event := apitest.New(apitest.Event, 1, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20_000 {
			s.Send(func(after *int) api.Message { *after = 1; return event })
		}
	}()
	for n := 0; n < 1000; n++ {
		after := 0
		if err := errors.Join(s.Set(c, true, &after), s.Set(c, false, nil)); err != nil {
			t.Fatal(err)
		}
		sent := len(c.got)
		if after = 0; len(c.got) != sent { // the race detector sees a write of either behind the end
			t.Fatal("an event behind the end")
		}
	}
	<-done
}

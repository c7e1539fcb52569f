package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLineTooLong(t *testing.T) {
	path := serve(t, nil)
	for _, term := range []string{"", termVppctl} {
		c := dialRaw(t, path, term)
		go io.WriteString(c, strings.Repeat("x", maxLine+1))
		expect(t, c, "a line is longer than 65536 bytes: closing\n")
	}
}

func TestFrameTooLong(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termGvppctl)
	expect(t, c, "h\x00\x00\x00\x0agvpp cli 1")
	send(t, c, "x\xff\xff\xff\xff")
	kind, payload, err := readFrame(c)
	if kind != frameError || !strings.Contains(string(payload), "frame too long: 4294967295 bytes") {
		t.Errorf("got %q %q, %v", kind, payload, err)
	}
	expectEnd(t, c)
}

func TestFrameUnknown(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termGvppctl)
	expect(t, c, "h\x00\x00\x00\x0agvpp cli 1")
	writeFrame(c, '!', nil)
	if kind, payload, _ := readFrame(c); kind != frameError {
		t.Errorf("got %q %q", kind, payload)
	}
	writeFrame(c, frameRun, []byte("show err"))
	expect(t, c, "o\x00\x00\x00\x0fshow errors []\nk\x00\x00\x00\x00")
}

func TestIdle(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) { cfg.IdleTimeout = 50 * time.Millisecond })
	c := dialRaw(t, path, termVppctl)
	send(t, c, "show") // half a line does not count
	expect(t, c, "no command for 50ms: closing\n")
	expectEnd(t, c)
	c = dialRaw(t, path, termGvppctl)
	expect(t, c, "h\x00\x00\x00\x0agvpp cli 1")
	expectEnd(t, c)
}

func TestMaxClients(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) { cfg.MaxClients = 2 })
	a, b := dialRaw(t, path, termVppctl), dialRaw(t, path, termVppctl)
	for _, c := range []net.Conn{a, b} {
		send(t, c, "sh tr\n")
		expect(t, c, "show trace []\n\x00")
	}
	if _, err := Dial(t.Context(), path); err == nil || !strings.Contains(err.Error(), "2 clients use this socket already") {
		t.Errorf("a third client: %v", err)
	}
	send(t, a, "quit\n")
	expectEnd(t, a)
	a.Close()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := Dial(t.Context(), path)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after one has left: %v", err)
		}
	}
}

// TestSlowReader asks for more than the socket holds and reads nothing: the command is cancelled, the session ends.
func TestSlowReader(t *testing.T) {
	ended := make(chan error, 1)
	path := serve(t, func(cfg *ServerConfig) {
		cfg.WriteTimeout = 50 * time.Millisecond
		cfg.Tree.Add("flood", "", "", func(c *Call) error {
			for c.Context.Err() == nil {
				c.Printf("%s\n", strings.Repeat("x", 1000))
			}
			ended <- c.Context.Err()
			return nil
		})
	})
	for _, term := range []string{termVppctl, "xterm"} { // a terminal's pager keeps no more than it may
		c := dialRaw(t, path, term)
		send(t, c, "flood\n")
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Error(term, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal(term, "the command still floods")
		}
	}
}

// TestHangup cancels the command of a client that has gone.
func TestHangup(t *testing.T) {
	ended := make(chan struct{}, 2)
	started := make(chan struct{})
	path := serve(t, func(cfg *ServerConfig) {
		cfg.Tree.Add("until hangup", "", "", func(c *Call) error {
			started <- struct{}{}
			<-c.Context.Done()
			ended <- struct{}{}
			return nil
		})
	})
	v := dialRaw(t, path, termVppctl)
	send(t, v, "until hangup\n")
	<-started
	v.Close()
	<-ended
	g := dialRaw(t, path, termGvppctl)
	writeFrame(g, frameRun, []byte("until hangup"))
	<-started
	g.Close()
	<-ended
}

// TestPanicLogged gives the client an error, the log a stack, and the next command its turn.
func TestPanicLogged(t *testing.T) {
	var log syncBuffer
	path := serve(t, func(cfg *ServerConfig) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	c := dialRaw(t, path, termVppctl)
	send(t, c, "boom\n")
	expect(t, c, "boom: internal error, please report it: broken invariant\n\x00")
	send(t, c, "sh tr\n")
	expect(t, c, "show trace []\n\x00")
	if s := log.String(); !strings.Contains(s, "command=boom") || !strings.Contains(s, "tree_test.go") {
		t.Errorf("log: %s", s)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

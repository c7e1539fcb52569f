package client

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/api/server"
)

// TestTooMuchWaits ends a call whose details nobody takes, and holds none of them.
func TestTooMuchWaits(t *testing.T) {
	l := &call{more: make(chan struct{}, 1)}
	piece := make([]byte, maxWaiting/8)
	for range 8 {
		l.put(piece)
	}
	if l.err != nil || len(l.list) != 8 {
		t.Fatalf("%d messages, %v", len(l.list), l.err)
	}
	l.put(piece[:1])
	if _, err := l.take(t.Context()); !errors.Is(err, ErrTooSlow) || len(l.list) != 0 {
		t.Errorf("%d messages, %v", len(l.list), err)
	}
}

// TestTooLongForAClient refuses by the header what is longer than any message.
func TestTooLongForAClient(t *testing.T) {
	head := make([]byte, frameHeader)
	binary.BigEndian.PutUint32(head[8:], maxMessage+1)
	if _, err := readFrame(bufio.NewReader(bytes.NewReader(head))); err == nil || !strings.Contains(err.Error(), "the limit is") {
		t.Errorf("got %v", err)
	}
}

// TestCallsAreForgotten when they have been answered, however that went.
func TestCallsAreForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: []api.Service{new(apitest.Toy).Service()}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(t.Context())
	c, err := Dial(t.Context(), path, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	enough := errors.New("enough")
	for range 10 {
		if _, err := c.Invoke(t.Context(), apitest.AddMethod, apitest.New(apitest.Add, 1, 2), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Invoke(t.Context(), apitest.CountMethod, apitest.New(apitest.Count, 10), func(api.Message) error { return enough }); err != enough {
			t.Fatal(err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.calls) != 0 {
		t.Errorf("%d calls", len(c.calls))
	}
}

package gvpp_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/internal/traffic"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugins/acl"
	"github.com/gvpp/gvpp/plugins/inacl"
)

// hostile is clients that mean no good to an API socket.
type hostile struct {
	t    *testing.T
	path string
}

func (h *hostile) dial() net.Conn {
	c, err := net.Dial("unix", h.path)
	if err != nil {
		h.t.Error(err)
		return nil
	}
	return c
}

// message is a frame around bytes, with a length that may lie.
func message(length int, payload []byte) []byte {
	b := make([]byte, 16, 16+len(payload))
	binary.BigEndian.PutUint32(b[8:], uint32(length))
	return append(b, payload...)
}

// hello introduces a client.
func hello() []byte {
	p := make([]byte, 70)
	p[1], p[9] = 15, 'x'
	return message(len(p), p)
}

// noise sends whole messages of random bytes, with ids that are there.
func (h *hostile) noise(seed uint64) {
	c := h.dial()
	if c == nil {
		return
	}
	defer c.Close()
	go func() { _, _ = io.Copy(io.Discard, c) }()
	rnd := rand.New(rand.NewPCG(seed, 1))
	_, _ = c.Write(hello())
	for range 300 {
		p := make([]byte, rnd.IntN(200))
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		if len(p) > 1 {
			p[0] = byte(rnd.IntN(2))
		}
		if _, err := c.Write(message(len(p), p)); err != nil {
			return
		}
	}
}

// half begins a message of 30 MiB and sends some of it.
func (h *hostile) half() net.Conn {
	c := h.dial()
	if c != nil {
		_, _ = c.Write(append(hello(), message(30<<20, make([]byte, 5000))...))
	}
	return c
}

// deaf asks for all descriptions again and again, and never reads.
func (h *hostile) deaf() net.Conn {
	c := h.dial()
	if c == nil {
		return nil
	}
	_, _ = c.Write(hello())
	ask := make([]byte, 10)
	for id, d := range memclnt.File.Messages {
		if d.Name == "get_api_json" {
			ask[1] = byte(id + 1)
		}
	}
	_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	for range 1000 {
		if _, err := c.Write(message(len(ask), ask)); err != nil {
			break
		}
	}
	return c
}

// Clients that send noise, half messages, or nothing by the thousand, and such as never read, neither cost a packet nor keep a
// client of good will from its answer.
func TestHostileClients(t *testing.T) {
	track := flowtrack.New()
	rules := classify.New(track)
	w := traffic.Start(t, 2, track, rules, acl.New(rules), inacl.New())
	path := filepath.Join(t.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: w.Dataplane.API(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var served, attack sync.WaitGroup
	served.Go(func() {
		if err := s.Serve(ctx); err != nil {
			t.Error(err)
		}
	})
	good, err := client.Dial(t.Context(), path, "good")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{t, path}
	var conns []net.Conn
	for range 1000 {
		conns = append(conns, h.dial())
	}
	for i := range uint64(8) {
		attack.Go(func() { h.noise(i) })
	}
	for range 8 {
		conns = append(conns, h.half(), h.deaf())
	}
	attack.Wait()
	var longest time.Duration
	for range 200 {
		begin := time.Now()
		if r, err := vlib.NewClient(good).CliInband(t.Context(), &vlib.CliInband{Cmd: "show version"}); err != nil || r.Reply == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		longest = max(longest, time.Since(begin))
	}
	figures := s.Stats()
	t.Logf("the longest call of 200: %v; %+v", longest, figures)
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
	if err := good.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	w.Whole()
	stop()
	served.Wait()
	if n := runtime.NumGoroutine(); n > 100 {
		t.Errorf("%d goroutines are left", n)
	}
}

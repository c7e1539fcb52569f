package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

// patience bounds how long a test waits for what must come.
const patience = 20 * time.Second

// rig is a server of the toy module.
type rig struct {
	*Server
	toy  *apitest.Toy
	path string
	stop func() // and wait
}

func serve(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	r := &rig{toy: &apitest.Toy{Held: make(chan struct{}, 100), Release: make(chan struct{}), Ended: make(chan error, 100)}, path: filepath.Join(t.TempDir(), "api.sock")}
	cfg := Config{Path: r.path, Services: []api.Service{r.toy.Service()}, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	var err error
	if r.Server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Serve(ctx); err != nil {
			t.Error(err)
		}
	}()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(r.stop)
	return r
}

// raw is a client that shows the bytes.
type raw struct {
	t *testing.T
	net.Conn
	table map[string]uint16 // by name, without CRC
	index uint32
}

func dial(t *testing.T, r *rig) *raw {
	t.Helper()
	c, err := net.Dial("unix", r.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &raw{t: t, Conn: c}
}

func frame(payload []byte) []byte {
	b := make([]byte, frameHeader, frameHeader+len(payload))
	binary.BigEndian.PutUint32(b[8:], uint32(len(payload)))
	return append(b, payload...)
}

func (c *raw) write(b []byte) {
	c.t.Helper()
	c.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// next reads a message.
func (c *raw) next() ([]byte, error) {
	c.SetReadDeadline(time.Now().Add(patience))
	head := make([]byte, frameHeader)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(head[8:]))
	_, err := io.ReadFull(c, b)
	return b, err
}

func (c *raw) read() []byte {
	c.t.Helper()
	b, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// ended waits until the server has closed the connection.
func (c *raw) ended() {
	c.t.Helper()
	for {
		if _, err := c.next(); errors.Is(err, os.ErrDeadlineExceeded) {
			c.t.Fatal("the connection still is there")
		} else if err != nil {
			return
		}
	}
}

// hello introduces the client and learns the table.
func hello(t *testing.T, r *rig) *raw {
	t.Helper()
	c := dial(t, r)
	c.write(frame(append([]byte{0, 15, 0, 0, 0, 123}, pad("raw", 64)...)))
	_, m, err := api.DecodeMessage((*memclnt.SockclntCreateReply)(nil).Desc(), c.read())
	if err != nil {
		t.Fatal(err)
	}
	reply := m.(*memclnt.SockclntCreateReply)
	c.index, c.table = reply.Index, map[string]uint16{}
	for _, e := range reply.MessageTable {
		c.table[e.Name[:strings.LastIndexByte(e.Name, '_')]] = e.Index
	}
	return c
}

func pad(s string, n int) []byte { return append([]byte(s), make([]byte, n-len(s))...) }

// request is a frame with a message of words.
func (c *raw) request(name string, context uint32, words ...uint32) []byte {
	id := c.table[name]
	if id == 0 {
		c.t.Fatalf("no message %q", name)
	}
	b := api.Header{ID: id, ClientIndex: c.index, Context: context}.Append(nil, api.Request)
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return frame(b)
}

// expect reads a reply or details: name, context and the words that are given.
func (c *raw) expect(name string, context uint32, words ...uint32) {
	c.t.Helper()
	b := c.read()
	want := api.Header{ID: c.table[name], Context: context}.Append(nil, api.Reply)
	for _, w := range words {
		want = binary.BigEndian.AppendUint32(want, w)
	}
	if !bytes.HasPrefix(b, want) {
		c.t.Fatalf("got % x, want %s: % x", b[:min(len(b), 40)], name, want)
	}
}

// eventually waits for something that has no channel of its own.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// on is a context of GoVPP's on a channel.
func on(channel uint16, sequence uint32) uint32 { return uint32(channel)<<17 | sequence }

const negative = uint32(1<<32 - 1)

func errno(e api.Errno) uint32 { return uint32(e) }

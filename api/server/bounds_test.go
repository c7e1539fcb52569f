package server

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/unixsock"
)

// TestDumpWaitsForClient makes no more than the outbox and the socket hold while nobody reads, and then all of it.
func TestDumpWaitsForClient(t *testing.T) {
	const details = 100000 // 13 MB
	r := serve(t, nil)
	c := hello(t, r)
	c.write(slices.Concat(c.request("toy_count_dump", 1, details), c.request("control_ping", 1)))
	eventually(t, "the dump waits for its client", func() bool { return c.stuck(r) })
	if n := r.Clients()[0].Replies; n > 20000 {
		t.Errorf("%d details were made and nobody reads", n)
	}
	for i := range uint32(details) {
		c.expect("toy_count_details", 1, i)
	}
	c.expect("control_ping_reply", 1, 0)
}

// TestSlowClientIsCut ends the dump of a client that does not read, and others do not notice.
func TestSlowClientIsCut(t *testing.T) {
	r := serve(t, func(cfg *Config) { cfg.WriteTimeout = 50 * time.Millisecond })
	slow, other := hello(t, r), hello(t, r)
	slow.write(slow.request("toy_count_dump", 1, 1<<30))
	if err := <-r.toy.Ended; err == nil {
		t.Error("the dump ended well")
	}
	eventually(t, "the client is counted", func() bool { return r.Stats().Slow == 1 && r.Stats().Clients == 1 })
	other.write(other.request("toy_add", 1, 1, 2))
	other.expect("toy_add_reply", 1, 0, 3)
}

// TestGoneClientEndsHandlers cancels what runs and drops what waits.
func TestGoneClientEndsHandlers(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	var b []byte
	for range 3000 { // more than the queue holds
		b = append(b, c.request("toy_hold", 1)...)
	}
	c.write(b)
	<-r.toy.Held
	c.Close()
	eventually(t, "nothing is left of the client", func() bool { return r.Stats().Clients == 0 })
	if len(r.toy.Held) != 0 {
		t.Error("a request was begun for a client that has gone")
	}
}

func TestLimits(t *testing.T) {
	r := serve(t, func(cfg *Config) { cfg.MaxMessage = 1 << 20 })
	for name, b := range map[string][]byte{
		"a first message that is another":     frame(append([]byte{0, 23}, make([]byte, 8)...)),
		"a first message that is unknown":     frame([]byte{0, 0}),
		"a first message that is too long":    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0, 0, 0, 0},
		"a first message of 4 GiB":            {0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0},
		"something that is no message at all": []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		c := dial(t, r)
		c.write(b)
		c.ended()
		t.Log(name, "ended")
	}
	c := hello(t, r)
	c.write(frame(make([]byte, 1<<20))) // id 0
	c.write(c.request("toy_add", 1, 1, 2))
	c.expect("toy_add_reply", 1, 0, 3)
	c.write(binary.BigEndian.AppendUint64(make([]byte, 8), (1<<20+1)<<32))
	c.ended()
	if got := r.Stats(); got.Malformed != 6 || got.LargeMemory != 0 {
		t.Errorf("got %+v, want 6 malformed", got)
	}
}

// TestLate cuts off who does not begin, and who does not finish, and waits for ever for who has nothing to say.
func TestLate(t *testing.T) {
	r := serve(t, func(cfg *Config) { cfg.HelloTimeout, cfg.MessageTimeout = 500*time.Millisecond, 200*time.Millisecond })
	idle := hello(t, r)
	silent, half, slow, body := dial(t, r), hello(t, r), hello(t, r), hello(t, r)
	half.write([]byte{0})
	whole := slow.request("toy_add", 1, 1, 2)
	body.write(slices.Concat(body.request("toy_add", 1, 1, 2), whole[:20]))
	body.expect("toy_add_reply", 1, 0, 3)
	for _, c := range []*raw{silent, half, body} {
		c.ended()
	}
	time.Sleep(time.Until(r.Clients()[0].Since.Add(600 * time.Millisecond))) // longer than any of the timeouts
	slow.write(whole)
	slow.expect("toy_add_reply", 1, 0, 3)
	idle.write(idle.request("toy_add", 1, 1, 2))
	idle.expect("toy_add_reply", 1, 0, 3)
}

// TestLargeMessages takes what has come of a message, and no more, out of a store that all share.
func TestLargeMessages(t *testing.T) {
	r := serve(t, func(cfg *Config) { cfg.MaxMemory = 24 << 20 })
	a, b := hello(t, r), hello(t, r)
	bulk := func(c *raw, n int) []byte {
		f := c.request("toy_bulk", 1, uint32(n))
		return frame(append(f[frameHeader:], make([]byte, n)...))
	}
	const n = 20 << 20
	big := bulk(a, n)
	a.write(big[:100]) // announces 20 MiB
	a.write(make([]byte, 1<<20))
	eventually(t, "a MiB is there", func() bool { u := r.Stats().LargeMemory; return u >= 1<<20-smallMessage && u <= 2<<20 })
	a.write(big[100+1<<20:])
	a.expect("toy_bulk_reply", 1, 0, n)
	eventually(t, "its memory is given back", func() bool { return r.Stats().LargeMemory == 0 })

	a.write(a.request("toy_hold", 1))
	<-r.toy.Held
	a.write(big) // waits in the queue, with its memory
	eventually(t, "20 MiB are there", func() bool { return r.Stats().LargeMemory > 19<<20 })
	b.write(bulk(b, n))
	b.expect("toy_bulk_reply", 1, errno(api.Unspecified), 0)
	if got := r.Failures(); len(got) != 1 || !strings.Contains(got[0].Text, "memory for large messages") {
		t.Errorf("failures: %+v", got)
	}
	r.toy.Release <- struct{}{}
	a.expect("toy_hold_reply", 1, 0)
	a.expect("toy_bulk_reply", 1, 0, n)
	b.write(bulk(b, n))
	b.expect("toy_bulk_reply", 1, 0, n)

	b.write(b.request("toy_hold", 1))
	<-r.toy.Held
	b.write(big)
	eventually(t, "20 MiB are there", func() bool { return r.Stats().LargeMemory > 19<<20 })
	b.Close()
	eventually(t, "its memory is given back", func() bool { return r.Stats().LargeMemory == 0 })
}

// TestEvents keeps their order, and drops what a client does not take.
func TestEvents(t *testing.T) {
	r := serve(t, nil)
	c, deaf := hello(t, r), hello(t, r)
	for _, c := range []*raw{c, deaf} {
		c.write(c.request("want_toy_events", 1, 1, 1))
		c.expect("want_toy_events_reply", 1, 0)
	}
	event := func(number uint32) {
		t.Helper()
		b := c.read()
		want := api.Header{ID: c.table["toy_event"], ClientIndex: c.index}.Append(nil, api.Event)
		want = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(want, 4711), number)
		if !slices.Equal(b[:len(want)], want) {
			t.Fatalf("got % x, want % x", b[:len(want)], want)
		}
	}
	sent := 0
	for i := uint32(0); ; i++ {
		n := r.toy.Send(i, 1000)
		event(i)
		if sent += n; n == 1 { // deaf's queue is full
			break
		}
	}
	list := r.Clients()
	if list[0].Dropped != 0 || list[1].Dropped != 1 || int(list[0].Events+list[1].Events) != sent {
		t.Errorf("%d sent, clients %+v", sent, list)
	}
	c.Close()
	deaf.Close()
	eventually(t, "nobody takes events", func() bool { return r.toy.Send(0, 0) == 0 })
}

// TestNothingIsLeft closes a server with clients in all states.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	r := serve(t, nil)
	idle, held, deaf, half := hello(t, r), hello(t, r), hello(t, r), hello(t, r)
	silent := dial(t, r)
	held.write(held.request("toy_hold", 1))
	<-r.toy.Held
	deaf.write(deaf.request("toy_count_dump", 1, 1<<30))
	half.write([]byte{1, 2, 3})
	eventually(t, "all are there", func() bool { return r.Stats().Clients == 5 })
	r.stop()
	for _, c := range []*raw{idle, held, deaf, half, silent} {
		c.ended()
	}
	if _, err := os.Lstat(r.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket: %v", err)
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestSocket(t *testing.T) {
	r := serve(t, nil)
	if info, err := os.Lstat(r.path); err != nil || info.Mode() != os.ModeSocket|unixsock.Mode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := New(Config{Path: r.path}); !errors.Is(err, unixsock.ErrInUse) {
		t.Errorf("a second server: %v", err)
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a server without a path")
	}
}

// TestNoise sends random bytes and damaged messages; others are served as ever.
func TestNoise(t *testing.T) {
	r := serve(t, func(cfg *Config) { cfg.MessageTimeout, cfg.MaxMessage = 50*time.Millisecond, 1<<16 })
	good := hello(t, r)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		bad := hello(t, r)
		var b []byte
		for range 20 {
			f := bad.request([]string{"toy_add", "toy_count_dump", "toy_bulk", "control_ping", "get_first_msg_id"}[rnd.IntN(5)], rnd.Uint32(), 5, 5)
			if rnd.IntN(3) == 0 {
				f[rnd.IntN(len(f))] ^= byte(1 << rnd.IntN(8))
			}
			b = append(b, f[:len(f)-rnd.IntN(2)*rnd.IntN(len(f))]...)
		}
		bad.SetWriteDeadline(time.Now().Add(patience))
		bad.Write(b) // the server may have cut it off
		bad.Close()
		good.write(good.request("toy_add", uint32(i), uint32(i)+100, 1))
		good.expect("toy_add_reply", uint32(i), 0, uint32(i)+101)
	}
	if n := r.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
}

// FuzzSocket sends anything behind the first message.
func FuzzSocket(f *testing.F) {
	f.Add([]byte{})
	f.Add(frame([]byte{0, 23, 0, 0, 0, 0, 0, 0, 0, 1}))
	f.Add(frame([]byte{0, 29, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0})
	f.Add(frame([]byte{0, 255, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := serve(t, func(cfg *Config) { cfg.MessageTimeout = 10 * time.Millisecond })
		c := hello(t, r)
		c.write(b)
		c.Conn.(*net.UnixConn).CloseWrite()
		for {
			if _, err := c.next(); err != nil {
				break
			}
		}
		good := hello(t, r)
		good.write(good.request("toy_add", 1, 1, 2))
		good.expect("toy_add_reply", 1, 0, 3)
	})
}

// TestLargeReplies are bounded, too, where clients ask and do not read.
func TestLargeReplies(t *testing.T) {
	const size, limit = 1 << 20, 4 << 20
	big := *apitest.File
	big.JSON = strings.Repeat("x", size)
	r := serve(t, func(cfg *Config) {
		s := cfg.Services[0]
		cfg.MaxMemory, cfg.Services = limit, []api.Service{{File: &big, Handlers: s.Handlers}}
	})
	ask := func(c *raw, n int) {
		for i := range n {
			c.write(c.request("get_api_json", uint32(i+1)))
		}
	}
	var deaf []*raw
	for range 5 {
		c := hello(t, r)
		ask(c, 5)
		deaf = append(deaf, c)
	}
	eventually(t, "the memory is used up", func() bool { return r.Stats().LargeMemory > limit-size })
	eventually(t, "somebody is told so", func() bool { return len(r.Failures()) > 0 })
	if f := r.Failures()[0]; f.Message != "get_api_json" || !strings.Contains(f.Text, "memory for large messages") {
		t.Errorf("%+v", f)
	}
	if used := r.Stats().LargeMemory; used > limit {
		t.Errorf("%d bytes are held, the limit is %d", used, limit)
	}
	for _, c := range deaf {
		c.Close()
	}
	eventually(t, "it is given back", func() bool { return r.Stats().LargeMemory == 0 })
	c := hello(t, r)
	ask(c, 1)
	if b := c.read(); len(b) < size {
		t.Errorf("a reply of %d bytes", len(b))
	}
	eventually(t, "it is given back", func() bool { return r.Stats().LargeMemory == 0 })
}

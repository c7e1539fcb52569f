package systest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// strict are rules that let nothing pass but connections that the client begins on port 5001, from their beginning on.
const strict = `classify { default { left drop } default { right drop } rule { left proto tcp dport 5001 tcp-flags S/SA keep-state pass } }`

// stream is a TCP connection that carries data until it is told to end.
type stream struct {
	t      testing.TB
	got    atomic.Int64 // bytes, at the receiver
	quit   chan struct{}
	sent   chan error
	whole  chan error
	in     []byte // what the receiver has, as a sum; valid once whole
	out    []byte // what the sender has sent; valid once sent
	listen net.Listener
}

func startStream(t testing.TB, from, to *netlab.Host, address string) *stream {
	t.Helper()
	s := &stream{t: t, quit: make(chan struct{}), sent: make(chan error, 1), whole: make(chan error, 1)}
	var err error
	s.listen, err = to.Listen("tcp", address)
	ok(t, err)
	t.Cleanup(func() { s.listen.Close() })
	go func() { s.whole <- s.receive() }()
	c, err := from.Dial("tcp", address, long)
	ok(t, err)
	t.Cleanup(func() { c.Close() })
	go func() { s.sent <- s.send(c.(*net.TCPConn)) }()
	return s
}

func (s *stream) send(c *net.TCPConn) error {
	_ = c.SetDeadline(time.Now().Add(transferTimeout))
	sum := sha256.New()
	for at := 0; ; at = (at + 1<<14) % (len(payload()) - 1<<14) {
		select {
		case <-s.quit:
			s.out = sum.Sum(nil)
			return c.CloseWrite()
		default:
		}
		b := payload()[at : at+1<<14]
		sum.Write(b)
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
}

func (s *stream) receive() error {
	c, err := s.listen.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(transferTimeout))
	sum, b := sha256.New(), make([]byte, 1<<18)
	for {
		n, err := c.Read(b)
		sum.Write(b[:n])
		s.got.Add(int64(n))
		if err != nil {
			s.in = sum.Sum(nil)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
	}
}

// flows waits until so many more bytes have arrived, or patience is at its end.
func (s *stream) flows(bytes int64, patience time.Duration) bool {
	want := s.got.Load() + bytes
	for end := time.Now().Add(patience); s.got.Load() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// end ends the stream, which must have arrived whole: a reset at either side is an error there.
func (s *stream) end() {
	s.t.Helper()
	close(s.quit)
	if err := errors.Join(<-s.sent, <-s.whole); err != nil || !bytes.Equal(s.in, s.out) {
		s.t.Errorf("the stream has not arrived whole, after %d bytes: %v", s.got.Load(), err)
	}
}

// recovery is how long a stream may take to go on: TCP sends again what was lost, at growing intervals.
const recovery = 20 * time.Second

// quiet is a connection on which nothing is said, but when it is asked to.
func quiet(t testing.TB, from, to *netlab.Host, address string) (client, server net.Conn) {
	t.Helper()
	l, err := to.Listen("tcp", address)
	ok(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	client, err = from.Dial("tcp", address, long)
	ok(t, err)
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// said fails unless what one side of a connection says arrives at the other.
func said(t testing.TB, from, to net.Conn) {
	t.Helper()
	_, err := from.Write([]byte("x"))
	ok(t, err)
	_ = to.SetReadDeadline(time.Now().Add(recovery))
	if _, err := to.Read(make([]byte, 1)); err != nil {
		t.Errorf("a connection does not go on: %v", err)
	}
}

// saving is what show flowtrack summary says of it.
type saving struct {
	Save struct {
		Restored, Saved uint64
		Refused         string
	}
}

// A planned restart loses no connection: not one that carries data, and not one that says nothing meanwhile, whoever speaks first
// afterwards.
func TestRestart(t *testing.T) {
	s := newSite(t, 1, 1)
	file := filepath.Join(t.TempDir(), "sessions")
	conf := []string{strict, fmt.Sprintf("flowtrack { save { file %s } }", file)}
	d := s.run(conf...)
	bulk := startStream(t, s.client, s.server, server4+":5001")
	asking, asked := quiet(t, s.client, s.server, "["+server6+"]:5001")
	said(t, asking, asked)
	for round := range 3 {
		if !bulk.flows(3_000_000, recovery) {
			t.Fatalf("round %d: the stream does not flow", round)
		}
		took := d.stop(syscall.SIGTERM, s.socket)
		info, err := os.Stat(file)
		ok(t, err)
		began := time.Now()
		d = s.run(conf...)
		var sum saving
		if d.show("show flowtrack summary", &sum); sum.Save.Restored < 2 || sum.Save.Refused != "" || info.Mode().Perm() != 0o600 {
			t.Errorf("round %d: %+v, file %v", round, sum, info.Mode())
		}
		if !bulk.flows(1_000_000, recovery) {
			t.Fatalf("round %d: the stream does not go on", round)
		}
		t.Logf("round %d: ended in %v, with a file of %d bytes; the stream went on %v after the start", round, took, info.Size(), time.Since(began))
		if round%2 == 0 {
			said(t, asked, asking)
		}
		said(t, asking, asked)
	}
	bulk.end()
	list := d.sessions(6, 5001)
	for _, x := range list {
		if x.Src == client4 && x.Packets[0] < 9_000_000/65536 {
			t.Errorf("counted from the start only: %+v", x)
		}
	}
	if len(list) != 2 {
		t.Errorf("sessions %+v", list)
	}
}

// Killed, gvpp takes up the connections that it had saved until then.
func TestKilledAndRestored(t *testing.T) {
	s := newSite(t, 1, 1)
	conf := []string{strict, fmt.Sprintf("flowtrack { save { file %s every 1 } }", filepath.Join(t.TempDir(), "sessions"))}
	d := s.run(conf...)
	bulk := startStream(t, s.client, s.server, server4+":5001")
	eventually(t, "the connection is saved", func() bool {
		var sum saving
		d.show("show flowtrack summary", &sum)
		return sum.Save.Saved == 1
	})
	d.kill()
	s.unattached("left", "right")
	d = s.run(conf...)
	if !bulk.flows(3_000_000, recovery) {
		t.Fatal("the stream does not go on")
	}
	bulk.end()
	d.stop(syscall.SIGINT, s.socket)
}

// Without the file, such rules end what was there: it is the file that TestRestart's connections live by.
func TestRestartForgets(t *testing.T) {
	notShort(t, "waits for what must not come")
	s := newSite(t, 1, 1)
	d := s.run(strict)
	bulk := startStream(t, s.client, s.server, server4+":5001")
	if !bulk.flows(1_000_000, recovery) {
		t.Fatal("the stream does not flow")
	}
	d.stop(syscall.SIGTERM, s.socket)
	d = s.run(strict)
	if bulk.flows(1, 3*time.Second) {
		t.Error("the stream goes on")
	}
	if list := d.sessions(6, 5001); len(list) != 0 {
		t.Errorf("sessions %+v", list)
	}
}

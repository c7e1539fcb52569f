package unixsock_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/unixsock"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) has(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), s)
}

// A process without descriptors left takes the client later.
func TestAcceptAllGoesOn(t *testing.T) {
	l, err := unixsock.Listen(unixsock.Stream, filepath.Join(t.TempDir(), "s"), "")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: lowestFree(t), Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &before)
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: l.Addr().String()}); err != nil {
		t.Fatal(err)
	}
	log, took, ended := &lines{}, make(chan *net.UnixConn), make(chan bool)
	go func() {
		l.AcceptAll(context.Background(), slog.New(slog.NewTextHandler(log, nil)), func(c *net.UnixConn) { took <- c })
		close(ended)
	}()
	for end := time.Now().Add(10 * time.Second); !log.has("cannot accept"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is logged of a client that cannot be accepted")
		}
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-took:
		c.Close()
	case <-time.After(10 * time.Second):
		t.Fatal("the client is not taken")
	}
	l.Close()
	<-ended
}

// lowestFree is the number that the next descriptor would have.
func lowestFree(t *testing.T) uint64 {
	t.Helper()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return uint64(f.Fd())
}

func TestDrain(t *testing.T) {
	l, err := unixsock.Listen(unixsock.Stream, filepath.Join(t.TempDir(), "s"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var running sync.WaitGroup
	l.Drain(&running, slog.New(slog.NewTextHandler(io.Discard, nil)))
	log := &lines{}
	running.Add(1)
	l.Drain(&running, slog.New(slog.NewTextHandler(log, nil)))
	if !log.has("still runs") {
		t.Error("what does not end is not logged")
	}
	running.Done()
}

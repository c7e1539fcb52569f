package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// serve serves the test tree until the test ends and returns the socket's path. edit may change the configuration.
func serve(t *testing.T, edit func(*ServerConfig)) string {
	t.Helper()
	cfg := ServerConfig{Tree: testTree(t), Path: filepath.Join(t.TempDir(), "cli.sock"), Log: slog.New(slog.DiscardHandler)}
	if edit != nil {
		edit(&cfg)
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if _, err := os.Lstat(cfg.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	return cfg.Path
}

// dialRaw connects and, with a terminal type, answers the negotiation like vppctl.
func dialRaw(t *testing.T, path, term string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, 100)
	n, err := c.Read(got) // one read has to give it all, as vppctl wants it
	if err != nil || !bytes.Equal(got[:n], opening) {
		t.Fatalf("opening: % x, %v; want % x", got[:n], err, opening)
	}
	if term != "" {
		send(t, c, string(answer(term)))
	}
	return c
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// expect reads as much as want has and compares.
func expect(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v; want %q", got[:n], err, want)
	}
}

// expectEnd wants nothing more but NULs and the end of the connection.
func expectEnd(t *testing.T, c net.Conn) {
	t.Helper()
	got, err := io.ReadAll(c)
	if rest := bytes.Trim(got, "\x00"); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v; want the end", rest, err)
	}
}

// TestOpening holds the bytes that VPP sends.
func TestOpening(t *testing.T) {
	const want = "fffc22fffe22fffb03fffd03fffb01fffe01fffd18fffa1801fff0fffd1ffffa1f01fff0"
	if got := fmt.Sprintf("%x", opening); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestVppctl(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termVppctl)
	send(t, c, "show err\n\x00") // how vppctl sends its arguments
	expect(t, c, "show errors []\n\x00")
	send(t, c, "sh tr\nsh err x\n")
	expect(t, c, "show trace []\n\x00show errors [x]\n\x00")
	send(t, c, "fo")
	send(t, c, "o\n")
	expect(t, c, "unknown input `foo'\n\x00")
	send(t, c, "# nothing\n")
	expect(t, c, "\x00")
	send(t, c, "show err \"a\xff\xffb\"\n") // telnet's way to send 0xff, which is not UTF-8
	expect(t, c, "the line is not valid UTF-8\n\x00")
	send(t, c, "quit\n")
	expectEnd(t, c)
}

// TestVppctlStopsAtError drops what came in one piece behind a line that failed, a half line included.
func TestVppctlStopsAtError(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termVppctl)
	send(t, c, "sh tr\nfail\nsh err\nclassify delete rule ")
	expect(t, c, "show trace []\n\x00fail: it failed: try again\n2 further lines not run\n\x00")
	send(t, c, "sh err\nsh int\n")
	expect(t, c, "show int []\n\x00")
	send(t, c, "fail\n# a comment\n\nsh err\nquit\n")
	expect(t, c, "fail: it failed: try again\n1 further line not run\n\x00")
	send(t, c, "fail\nquit\n")
	expect(t, c, "fail: it failed: try again\n\x00")
}

// TestVppctlNudge gives an idle vppctl the NUL without which it does not look for the end of its input.
func TestVppctlNudge(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termVppctl)
	send(t, c, "sh tr\n")
	expect(t, c, "show trace []\n\x00\x00\x00")
}

// TestVppctlQuitsTwice is a vppctl behind a pipe, which says quit with every piece of output that it reads after the end of
// its input: the second time must not hit a closed connection.
func TestVppctlQuitsTwice(t *testing.T) {
	c := dialRaw(t, serve(t, nil), termVppctl)
	send(t, c, "sh tr\nsh err\nquit\n")
	expect(t, c, "show trace []\n\x00")
	time.Sleep(20 * time.Millisecond) // the server has read the first one
	send(t, c, "quit\n")
	expect(t, c, "show errors []\n\x00")
	expectEnd(t, c)
}

func TestOutputCleaned(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) {
		cfg.Tree.Add("binary", "", "", func(c *Call) error { c.Printf("a\x00b\xffc\n"); return nil })
	})
	c := dialRaw(t, path, termVppctl)
	send(t, c, "binary\n")
	expect(t, c, "a?b?c\n\x00")
}

// TestPlain is a client without a terminal type, that closes its side as soon as it has sent all.
func TestPlain(t *testing.T) {
	c := dialRaw(t, serve(t, nil), "")
	send(t, c, "sh err\nsh tr\n")
	c.(*net.UnixConn).CloseWrite()
	expect(t, c, "show errors []\nshow trace []\n")
	expectEnd(t, c)
}

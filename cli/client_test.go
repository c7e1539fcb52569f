package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func dial(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestExec(t *testing.T) {
	c := dial(t, serve(t, nil))
	tests := []struct {
		line      string
		json      bool
		want, err string
	}{
		{"sh err", false, "show errors []\n", ""},
		{"sh err", true, "[]\n", ""},
		{"", false, "", ""},
		{"fail", false, "", "fail: it failed: try again"},
		{"show", true, "", "show: incomplete command: it goes on with one of errors, int, interface, trace"},
		{"boom", false, "", "boom: internal error, please report it: broken invariant"},
		{strings.Repeat("x", maxLine+1), false, "", "a line of 65537 bytes is too long: the limit is 65536"},
		{"sh tr", false, "show trace []\n", ""},
	}
	for _, tt := range tests {
		out, err := c.Exec(t.Context(), tt.line, tt.json)
		var ce *CommandError
		if out != tt.want || errText(err) != tt.err || err != nil && !errors.As(err, &ce) {
			t.Errorf("%.40q: got %q, %v; want %q, %q", tt.line, out, err, tt.want, tt.err)
		}
	}
}

func TestExecLargeOutput(t *testing.T) {
	const lines = 50_000
	path := serve(t, func(cfg *ServerConfig) {
		cfg.Tree.Add("large", "", "", func(c *Call) error {
			return c.Show(strings.Repeat("x", 1<<20), func(w io.Writer) {
				for i := range lines {
					fmt.Fprintln(w, "line", i)
				}
			})
		})
	})
	c := dial(t, path)
	if out, err := c.Exec(t.Context(), "large", false); err != nil || strings.Count(out, "\n") != lines {
		t.Errorf("text: %d lines, %v", strings.Count(out, "\n"), err)
	}
	if out, err := c.Exec(t.Context(), "large", true); err != nil || len(out) != 1<<20+3 {
		t.Errorf("JSON: %d bytes, %v", len(out), err)
	}
}

func TestClientComplete(t *testing.T) {
	c := dial(t, serve(t, nil))
	list, err := c.Complete("show interface e")
	if err != nil || strings.Join(list, " ") != "eth0 eth1" {
		t.Errorf("got %v, %v", list, err)
	}
	if list, err := c.Complete("nonsense "); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
}

// TestExecCancelled leaves a command that does not end, and then runs another one.
func TestExecCancelled(t *testing.T) {
	c := dial(t, serve(t, nil))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Exec(ctx, "wait", false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if out, err := c.Exec(t.Context(), "sh tr", false); err != nil || out != "show trace []\n" {
		t.Errorf("after it: %q, %v", out, err)
	}
}

// TestReconnect is a client whose idle connection the server has closed.
func TestReconnect(t *testing.T) {
	c := dial(t, serve(t, func(cfg *ServerConfig) { cfg.IdleTimeout = 30 * time.Millisecond }))
	c.in.Peek(1) // until the server closes it
	if out, err := c.Exec(t.Context(), "sh tr", false); err != nil || out != "show trace []\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestClientIsShared(t *testing.T) {
	c := dial(t, serve(t, nil))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := fmt.Sprintf("show errors [%d]\n", i)
			for range 20 {
				if out, err := c.Exec(t.Context(), fmt.Sprint("sh err ", i), false); err != nil || out != want {
					t.Errorf("got %q, %v; want %q", out, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestDialTeaches(t *testing.T) {
	dir := t.TempDir()
	want := fmt.Sprintf("no gvpp listens on %s/none: start it with `gvpp run`, or name its socket with -s", dir)
	if _, err := Dial(t.Context(), dir+"/none"); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// TestDialOthers connects to what is not a gvpp.
// Await waits for who is not there yet, not for who answers something else, and not for ever.
func TestAwait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cli.sock")
	if _, err := Await(t.Context(), path, 50*time.Millisecond); err == nil || !strings.HasPrefix(err.Error(), "after 50ms still no gvpp listens on "+path) {
		t.Errorf("nobody comes: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrClosedPipe)
	if _, err := Await(ctx, path, time.Hour); err == nil {
		t.Error("a context that has ended is waited for")
	}
	if _, err := Await(t.Context(), path+strings.Repeat("x", 200), time.Hour); err == nil {
		t.Error("a path that is none is waited for")
	}
	gone, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	gone.SetUnlinkOnClose(false) // a socket of a gvpp that is no more
	gone.Close()
	came := make(chan error)
	go func() {
		c, err := Await(t.Context(), path, 20*time.Second)
		if err == nil {
			defer c.Close()
			_, err = c.Exec(t.Context(), "show errors", false)
		}
		came <- err
	}()
	s, err := Listen(ServerConfig{Tree: testTree(t), Path: path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	go s.Serve(t.Context())
	if err := <-came; err != nil {
		t.Error(err)
	}
}

func TestDialOthers(t *testing.T) {
	for name, tt := range map[string]struct{ says, want string }{
		"VPP":           {string(opening) + "\r    _______    _        _   _____  ___ \r\n", "is it VPP? then use vppctl"},
		"another gvpp":  {string(opening) + "h\x00\x00\x00\x0agvpp cli 9", `speaks "gvpp cli 9", this program "gvpp cli 1"`},
		"a web server":  {"HTTP/1.1 400 Bad Request\r\n\r\n", `the server refuses: "HTTP/1.1 400 Bad Request\r"`},
		"one that left": {"", "the server closed the connection"},
	} {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := l.Accept()
			if err == nil {
				io.WriteString(c, tt.says)
				c.Close()
			}
		}()
		if _, err := Dial(t.Context(), path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		l.Close()
	}
}

// TestServerGone loses the server in the middle of a command.
func TestServerGone(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	tree := testTree(t)
	tree.Add("long", "", "", func(c *Call) error { close(started); <-release; return nil })
	s, err := Listen(ServerConfig{Tree: tree, Path: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(context.Background()) }()
	c := dial(t, s.cfg.Path)
	go func() { <-started; s.Close() }()
	_, err = c.Exec(t.Context(), "long", false)
	close(release)
	var ce *CommandError
	if err == nil || errors.As(err, &ce) || !strings.Contains(err.Error(), "may or may not have run") {
		t.Errorf("got %v", err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := c.Exec(t.Context(), "long", false); err == nil || !strings.Contains(err.Error(), "no gvpp listens") {
		t.Errorf("after it: %v", err)
	}
}

func TestPipe(t *testing.T) {
	c := dial(t, serve(t, nil))
	tests := []struct{ in, want, err string }{
		{"sh err\n# comment\n\nsh tr", "show errors []\nshow trace []\n", ""},
		{"sh err\nfoo\nsh tr\n", "show errors []\n", "rules:2: unknown input `foo'"},
		{"sh err\nquit\nfoo\n", "show errors []\n", ""},
		{"comment {\nsh tr\n}\nsh err {\n a\n}\nsh tr\n", "show errors [{ a }]\nshow trace []\n", ""},
		{"sh err\n\nsh tr {\nquit", "show errors []\n", "rules:3: the { is not closed"},
		{"\n" + strings.Repeat("x", maxLine+3), "", "rules:2: the line is longer than 65536 bytes"},
	}
	for _, tt := range tests {
		var out strings.Builder
		err := Pipe(t.Context(), c, "rules", strings.NewReader(tt.in), false, &out)
		if out.String() != tt.want || errText(err) != tt.err {
			t.Errorf("%.40q: got %q, %q; want %q, %q", tt.in, out.String(), errText(err), tt.want, tt.err)
		}
	}
}

package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// CommandError is the error of a command that gvpp has run, or refused to: the connection is in order.
type CommandError struct{ Msg string }

func (e *CommandError) Error() string { return e.Msg }

// dialTimeout bounds connecting and the greeting; both are the server's first microseconds.
const dialTimeout = 5 * time.Second

// completeTimeout bounds what a person waits for behind the tab key.
const completeTimeout = 2 * time.Second

// Client is a connection to a gvpp's CLI socket. Any goroutine may use it; commands run one at a time. A client whose
// connection is lost connects again with the next command.
type Client struct {
	path string

	mu   sync.Mutex
	conn net.Conn // nil when lost
	in   *bufio.Reader
}

// Dial connects to the socket at path.
func Dial(ctx context.Context, path string) (*Client, error) {
	c := &Client{path: path}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// awaitStep is how often Await looks.
const awaitStep = 20 * time.Millisecond

// Await is Dial for a gvpp that may just be starting: while nobody listens at path it waits, up to patience.
func Await(ctx context.Context, path string, patience time.Duration) (*Client, error) {
	end := time.Now().Add(patience)
	for {
		c, err := Dial(ctx, path)
		switch {
		case err == nil || ctx.Err() != nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ECONNREFUSED):
			return c, err
		case !time.Now().Add(awaitStep).Before(end):
			return nil, fmt.Errorf("after %v still %w", patience, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(awaitStep):
		}
	}
}

// Close closes the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}

// connect dials and exchanges greetings.
func (c *Client) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.path)
	if err != nil {
		return dialError(c.path, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	in := bufio.NewReaderSize(conn, maxFrame)
	err = greet(conn, in)
	if !stop() && err != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return fmt.Errorf("socket %s: %w", c.path, err)
	}
	c.conn, c.in = conn, in
	return nil
}

// dialError teaches what to do about the usual causes.
func dialError(path string, err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		err = errno // without the wrapping, which says the path again
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ECONNREFUSED):
		return fmt.Errorf("no gvpp listens on %s: start it with `gvpp run`, or name its socket with -s (%w)", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to use %s: run as its owner or join its group, as `ls -l` shows them (%w)", path, err)
	}
	return fmt.Errorf("cannot connect to %s: %w", path, err)
}

// greet announces a gvppctl and checks that a gvpp answers. Who else answers is quoted: a full server says so in plain text.
func greet(conn net.Conn, in *bufio.Reader) error {
	conn.Write(answer(termGvppctl)) // a server that is full has closed already; what it said can still be read
	head, err := in.Peek(len(opening))
	if !bytes.Equal(head, opening) {
		if text, _, _ := strings.Cut(string(head)+rest(in, len(head)), "\n"); text != "" {
			return fmt.Errorf("the server refuses: %q", text)
		}
		return fmt.Errorf("the server closed the connection: %w", err)
	}
	in.Discard(len(opening))
	kind, payload, err := readFrame(in)
	switch {
	case err != nil, kind != frameHello:
		return errors.New("the server does not speak gvpp's protocol (is it VPP? then use vppctl)")
	case string(payload) != protocolVersion:
		return fmt.Errorf("the server speaks %q, this program %q: use the gvpp that was started", payload, protocolVersion)
	}
	return nil
}

// rest returns what has arrived behind the first n bytes.
func rest(in *bufio.Reader, n int) string {
	all, _ := in.Peek(max(in.Buffered(), n))
	return string(all[n:])
}

// Exec runs a line and returns its output. A *CommandError means that the command failed, any other error that the
// connection did. Output of a command that failed is returned as far as it went.
func (c *Client) Exec(ctx context.Context, line string, json bool) (output string, err error) {
	var b strings.Builder
	err = c.ExecTo(ctx, line, json, &b)
	return b.String(), err
}

// ExecTo is Exec with the output written to w as it comes. When ctx ends first, so does the command.
func (c *Client) ExecTo(ctx context.Context, line string, json bool, w io.Writer) error {
	kind := byte(frameRun)
	if json {
		kind = frameRunJSON
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.request(ctx, kind, line, func(kind byte, payload []byte) (bool, error) {
		switch kind {
		case frameOutput:
			_, err := w.Write(payload)
			return false, err
		case frameOK:
			return true, nil
		case frameError:
			return true, &CommandError{string(payload)}
		}
		return false, fmt.Errorf("unexpected frame %q", kind)
	})
}

// Complete returns what the last word of the line may become.
func (c *Client) Complete(line string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), completeTimeout)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	err := c.request(ctx, frameComplete, line, func(kind byte, payload []byte) (bool, error) {
		if kind != frameWords {
			return false, fmt.Errorf("unexpected frame %q", kind)
		}
		list = strings.FieldsFunc(string(payload), func(r rune) bool { return r == '\n' })
		return true, nil
	})
	return list, err
}

// request sends a frame and hands the answers to take until it says that was the last. The connection is given up unless
// the answer came whole. c.mu is held.
func (c *Client) request(ctx context.Context, kind byte, line string, take func(kind byte, payload []byte) (bool, error)) error {
	if len(line) > maxFrame {
		return &CommandError{fmt.Sprintf("a line of %d bytes is too long: the limit is %d", len(line), maxLine)}
	}
	if err := c.send(ctx, kind, line); err != nil {
		return err
	}
	conn := c.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	done, err := c.receive(take)
	if !stop() || !done {
		conn.Close()
		c.conn = nil
	}
	if !done && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// send sends a request. A connection that the server closed meanwhile, because it was idle or was restarted, fails before
// the request is through, and is made again once.
func (c *Client) send(ctx context.Context, kind byte, line string) error {
	for fresh := false; ; fresh = true {
		if c.conn == nil {
			fresh = true
			if err := c.connect(ctx); err != nil {
				return err
			}
		}
		err := writeFrame(c.conn, kind, []byte(line))
		if err == nil {
			return nil
		}
		c.conn.Close()
		c.conn = nil
		if fresh {
			return fmt.Errorf("cannot send the command: %w", err)
		}
	}
}

func (c *Client) receive(take func(kind byte, payload []byte) (bool, error)) (done bool, err error) {
	for !done && err == nil {
		kind, payload, e := readFrame(c.in)
		if e != nil {
			return false, fmt.Errorf("the connection to gvpp was lost, the command may or may not have run: %w", e)
		}
		done, err = take(kind, payload)
	}
	return done, err
}

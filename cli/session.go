package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// A session is one client. Its reading runs through these stages:
//
//	conn → in (raw bytes) → telnet (commands taken out) → lines, or keys of a terminal
//	                      → frames (gvppctl)
//
// and its writing: out (16 KiB) → [clean or crlf] → timed (a deadline per write) → conn.
type session struct {
	s    *Server
	conn net.Conn
	in   *bufio.Reader
	tel  telnet
	raw  *timed

	// In line mode the rest of a line that was dropped half has to be dropped too.
	dropLine bool
}

const (
	// termTimeout is how long a client may take to announce its terminal type, as in VPP.
	termTimeout = time.Second

	// nudge is how often an idle vppctl gets one more NUL. It looks for the end of its own input only when it receives
	// something, so without them it waits for ever behind a pipe that ended after the last answer.
	nudge = 500 * time.Millisecond

	// outSize is the size of a write, in bytes.
	outSize = 16 << 10
)

var (
	errIdle    = errors.New("idle for too long")
	errTooLong = errors.New("line too long")
)

func newSession(s *Server, conn net.Conn) *session {
	return &session{
		s:    s,
		conn: conn,
		in:   bufio.NewReaderSize(conn, maxLine),
		raw:  &timed{conn: conn, timeout: s.cfg.WriteTimeout},
	}
}

// serve negotiates and runs the session to its end.
func (c *session) serve(ctx context.Context) {
	if _, err := c.raw.Write(opening); err != nil {
		return
	}
	switch err := c.negotiate(); {
	case err != nil:
	case c.tel.term == termGvppctl:
		c.serveFrames(ctx)
	case c.tel.term == termVppctl:
		c.serveLines(ctx, true)
	case c.tel.term == "":
		c.serveLines(ctx, false)
	default:
		c.serveTerminal(ctx)
	}
}

// negotiate waits for a terminal type. A client that sends something else first, or nothing in time, has none.
func (c *session) negotiate() error {
	c.conn.SetReadDeadline(time.Now().Add(termTimeout))
	for c.tel.term == "" {
		b, err := c.in.ReadByte()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if c.tel.feed(b) {
			return c.in.UnreadByte()
		}
	}
	return nil
}

// serveLines runs plain lines. A vppctl gets a NUL after each.
func (c *session) serveLines(ctx context.Context, vppctl bool) {
	out := bufio.NewWriterSize(clean{c.raw}, outSize)
	for {
		line, err := c.readLine(vppctl)
		if err != nil {
			c.complain(err)
			return
		}
		if isQuit(line) {
			c.farewell()
			return
		}
		if err := c.run(ctx, line, false, out, vppctl); err != nil {
			io.WriteString(out, err.Error()+"\n")
			c.dropInput()
		}
		if out.Flush() != nil {
			return
		}
		if vppctl {
			if _, err := c.raw.Write([]byte{0}); err != nil {
				return
			}
		}
	}
}

// run runs a line. With hangup, the end of the client's input cancels it, and Ctrl-C does; a client without a terminal type may
// have closed only its sending side and wait for the answer.
func (c *session) run(ctx context.Context, line string, json bool, out io.Writer, hangup bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.raw.onError = cancel
	if hangup {
		defer c.watch(cancel)()
	}
	err := c.s.cfg.Tree.Run(ctx, line, json, out)
	var p *PanicError
	if errors.As(err, &p) {
		c.s.cfg.Log.Error("cli: a command panicked", "command", p.Path, "panic", p.Value, "stack", string(p.Stack))
	}
	return err
}

// watch calls hangup if the client closes the connection before the returned function is called, or on a terminal presses Ctrl-C.
// What has arrived meanwhile is read afterwards.
func (c *session) watch(hangup func()) (stop func()) {
	c.conn.SetReadDeadline(time.Time{})
	typed := c.tel.term != "" && c.tel.term != termGvppctl && c.tel.term != termVppctl
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; n <= c.in.Size(); n++ {
			got, err := c.in.Peek(n)
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) || err == nil && typed && got[n-1] == keyCtrlC {
				hangup()
			}
			if err != nil {
				return
			}
		}
	}()
	return func() {
		c.conn.SetReadDeadline(time.Unix(1, 0))
		<-done
	}
}

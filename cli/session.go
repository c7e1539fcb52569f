package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A session is one client. Its reading runs through these stages:
//
//	conn → in (raw bytes) → telnet (commands taken out) → lines, or keys of a terminal → editor or pager
//	                      → frames (gvppctl)
//
// and its writing: [pager → crlf] → out (16 KiB) → clean → timed (a deadline per write) → conn.
type session struct {
	s    *Server
	id   uint64
	conn net.Conn
	in   *bufio.Reader
	tel  telnet
	raw  *timed

	// In line mode the rest of a line that was dropped half has to be dropped too.
	dropLine bool
	leaving  bool // a vppctl has said quit behind a line without an end

	terminal    *terminal // with somebody who types; else nil
	interrupted bool      // Ctrl-C came while a command ran

	since time.Time
	kind  atomic.Pointer[SessionInfo] // published: Kind and Term
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
		s:     s,
		conn:  conn,
		in:    bufio.NewReaderSize(conn, maxLine),
		raw:   &timed{conn: conn, timeout: s.cfg.WriteTimeout},
		since: time.Now(),
	}
}

// is tells what kind of client it is.
func (c *session) is(kind string) { c.kind.Store(&SessionInfo{Kind: kind, Term: c.tel.term}) }

// serve negotiates and runs the session to its end.
func (c *session) serve(ctx context.Context) {
	if _, err := c.raw.Write(opening); err != nil {
		return
	}
	silent, err := c.negotiate()
	if err != nil {
		return
	}
	switch {
	case c.tel.term == termGvppctl:
		c.is("gvppctl")
		c.serveFrames(ctx)
	case c.tel.term == termVppctl:
		c.is("vppctl")
		c.serveLines(ctx, true)
	case c.tel.term == "" && !silent:
		c.is("plain")
		c.serveLines(ctx, false)
	case c.s.cfg.LineMode:
		c.is("lines")
		c.servePrompted(ctx)
	default:
		c.is("terminal")
		err := c.serveTerminal(ctx)
		if errors.Is(err, errRenegotiated) {
			c.is("vppctl")
			c.serveLines(ctx, true)
			return
		}
		c.complain(err)
	}
}

// negotiate waits for a terminal type. A client that sends something else first has none, nor has one that is silent for too
// long, which somebody sits behind.
func (c *session) negotiate() (silent bool, err error) {
	c.conn.SetReadDeadline(time.Now().Add(termTimeout))
	for c.tel.term == "" {
		b, err := c.in.ReadByte()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if c.tel.feed(b) {
			return false, c.in.UnreadByte()
		}
	}
	return false, nil
}

// serveLines runs plain lines. A vppctl gets a NUL after each.
func (c *session) serveLines(ctx context.Context, vppctl bool) {
	out := bufio.NewWriterSize(clean{c.raw}, outSize)
	var b block
	for {
		line, err := c.readLine(vppctl)
		if b.depth > 0 && (err != nil || isQuit(line)) {
			io.WriteString(c.raw, errOpen.Error()+"\n")
		}
		if err != nil {
			c.complain(err)
			return
		}
		if isQuit(line) {
			c.farewell()
			return
		}
		line, whole := b.add(line)
		if whole {
			err = c.run(ctx, line, false, out, vppctl)
		}
		if err != nil {
			io.WriteString(out, err.Error()+"\n")
			tellDropped(out, c.dropInput())
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

// servePrompted runs lines for a terminal that edits and echoes them itself.
func (c *session) servePrompted(ctx context.Context) {
	out := bufio.NewWriterSize(clean{c.raw}, outSize)
	io.WriteString(out, c.s.cfg.Banner)
	var b block
	for {
		if b.depth > 0 {
			io.WriteString(out, morePrompt)
		} else {
			io.WriteString(out, c.s.cfg.Prompt)
		}
		if out.Flush() != nil {
			return
		}
		line, err := c.readLine(false)
		if err != nil || isQuit(line) {
			c.complain(err)
			return
		}
		line, whole := b.add(line)
		if !whole {
			continue
		}
		text := &lineEnd{w: out}
		if err := c.run(ctx, line, false, text, true); err != nil {
			io.WriteString(text, err.Error()+"\n")
		}
		text.end()
	}
}

type sessionKey struct{}

// run runs a line. With hangup, the end of the client's input cancels it, and Ctrl-C does; a client without a terminal type may
// have closed only its sending side and wait for the answer.
func (c *session) run(ctx context.Context, line string, json bool, out io.Writer, hangup bool) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, sessionKey{}, c))
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
	tel := telnet{state: c.tel.state} // a window's size may hold a byte of Ctrl-C's value
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; n <= c.in.Size(); n++ {
			got, err := c.in.Peek(n)
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				hangup()
			}
			if err != nil {
				return
			}
			if tel.feed(got[n-1]) && got[n-1] == ctrlC && c.terminal != nil {
				c.interrupted = true
				hangup()
			}
		}
	}()
	return func() {
		c.conn.SetReadDeadline(time.Unix(1, 0))
		<-done
	}
}

package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// terminal is a session with somebody who types: an editor for the line, a pager for what comes of it. The client leaves
// echo and editing to the server, and announces a terminal's type and size.
type terminal struct {
	*session
	out  *bufio.Writer // what the screen gets; flushed before more input is waited for
	text crlf          // out, for text with newlines
	ed   *editor

	width, height int // of the screen; the height is 0 for a client that has never named one
	ansi          bool
	pages         bool // output is shown in pages
	pageLimit     int  // lines that a pager keeps
	pager         *pager
}

// The screen of a client that has not said how large it is, and the bounds of what it may say.
const (
	defaultWidth  = 80
	defaultHeight = 24
	minWidth      = 16
	maxWidth      = 1024
	maxHeight     = 1024
)

// sizeTimeout is how long a terminal may take to name its size. A vppctl does it at once.
const sizeTimeout = 200 * time.Millisecond

// dumbTerminals are the types that do not know the VT100's escape sequences.
var dumbTerminals = map[string]bool{"": true, "dumb": true, "unknown": true, "network": true, "dialup": true, "emacs": true}

// errRenegotiated ends the session of a client that turns out to be a vppctl which was slow to say so.
var errRenegotiated = errors.New("another kind of client")

func newTerminal(c *session) *terminal {
	cfg := &c.s.cfg
	t := &terminal{
		session: c, out: bufio.NewWriterSize(clean{c.raw}, outSize), width: defaultWidth,
		ansi: !dumbTerminals[c.tel.term], pages: !cfg.NoPager && cfg.PagerLimit > 0, pageLimit: cfg.PagerLimit,
	}
	if c.tel.term != "" {
		t.height = defaultHeight
	}
	t.text = crlf{t.out}
	complete := func(line string) ([]string, error) { return cfg.Tree.Complete(line), nil }
	t.ed = newEditor(t.nextByte, &screenWriter{t: t}, cfg.Prompt, complete, &history{max: max(cfg.HistoryLimit, 0)})
	t.ed.plain = !t.ansi
	return t
}

// serveTerminal greets, and runs the lines that are typed until the client quits.
func (c *session) serveTerminal(ctx context.Context) error {
	t := newTerminal(c)
	c.terminal = t
	defer func() { c.terminal, c.tel.resized = nil, nil }()
	if err := c.awaitSize(); err != nil {
		return err
	}
	t.resized()
	c.tel.resized = t.resized
	t.text.Write([]byte("\r" + c.s.cfg.Banner))
	for {
		line, err := t.ed.readLine()
		switch {
		case errors.Is(err, errTyped):
			io.WriteString(t.text, err.Error()+"\n")
			continue
		case err != nil:
			if errors.Is(err, errIdle) {
				io.WriteString(t.text, "\n") // or the reason stood behind the prompt
			}
			t.out.Flush()
			return err
		case isQuit(line):
			return t.out.Flush()
		case isComment(line):
			continue
		}
		if err := t.runLine(ctx, line); err != nil {
			return err
		}
	}
}

// awaitSize waits for the size of the window, which follows the terminal's type: a prompt that is drawn anew for it would
// count twice with a script.
func (c *session) awaitSize() error {
	c.conn.SetReadDeadline(time.Now().Add(sizeTimeout))
	for c.tel.term != "" && c.tel.width == 0 {
		b, err := c.in.ReadByte()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		case c.tel.feed(b):
			return c.in.UnreadByte()
		}
	}
	return nil
}

// runLine runs a line and shows what comes of it; the error it returns is the connection's.
func (t *terminal) runLine(ctx context.Context, line string) error {
	if err := t.out.Flush(); err != nil {
		return err
	}
	t.pager = &pager{t: t, pages: t.pages && t.height > 1}
	defer func() {
		t.pager = nil
		t.ed.resize(t.width, t.height)
	}()
	err := t.run(ctx, line, false, t.pager, true)
	if t.interrupted {
		t.interrupted = false
		t.dropTyped()
		if err != nil {
			err = errors.New("cancelled")
		}
	}
	if err != nil {
		io.WriteString(t.pager, err.Error()+"\n")
	}
	return t.pager.finish()
}

// dropTyped forgets what was typed up to the last Ctrl-C.
func (t *terminal) dropTyped() {
	buffered, _ := t.in.Peek(t.in.Buffered())
	tel := telnet{state: t.tel.state}
	last := 0
	for i, b := range buffered {
		if tel.feed(b) && b == ctrlC {
			last = i + 1
		}
	}
	for range last {
		b, _ := t.in.ReadByte()
		t.tel.feed(b)
	}
}

// nextByte reads a byte that is typed.
func (t *terminal) nextByte() (byte, error) {
	b, err := t.readByte(time.Now().Add(t.s.cfg.IdleTimeout), false)
	if err == nil && t.tel.term == termVppctl {
		return 0, errors.Join(errRenegotiated, t.in.UnreadByte())
	}
	return b, err
}

// nextKey reads a key, for the pager.
func (t *terminal) nextKey() (key, error) {
	for {
		b, err := t.nextByte()
		if err != nil {
			return keyNone, err
		}
		if k := t.ed.keys.feed(b); k != keyNone {
			return k, nil
		}
	}
}

// resized takes the size that the client has announced, if it has.
func (t *terminal) resized() {
	if t.tel.width > 0 {
		t.width = min(max(t.tel.width, minWidth), maxWidth)
	}
	if t.tel.height > 0 {
		t.height = min(t.tel.height, maxHeight)
	}
	if t.pager != nil {
		t.pager.resized()
	} else {
		t.ed.resize(t.width, t.height)
	}
}

// screenWriter is where the editor draws. For a terminal without escape sequences they become what comes closest: moving to
// the left is possible, and a new line where one would be cleared. The editor does not move to the right there.
type screenWriter struct {
	t      *terminal
	inside int // 0 in text, 1 behind an escape, 2 in a sequence
	number int
}

func (s *screenWriter) Write(p []byte) (int, error) {
	if s.t.ansi {
		return s.t.out.Write(p)
	}
	for _, b := range p {
		switch {
		case s.inside == 0 && b == escape:
			s.inside = 1
		case s.inside == 0:
			s.t.out.WriteByte(b)
		case s.inside == 1:
			s.inside, s.number = 2, 0
		case b >= '0' && b <= '9':
			s.number = s.number*10 + int(b-'0')
		case b >= '@':
			s.inside = 0
			s.end(b)
		}
	}
	return len(p), nil
}

// end does what comes closest to the sequence that ends with b.
func (s *screenWriter) end(b byte) {
	switch b {
	case 'D':
		for range min(max(s.number, 1), maxWidth) {
			s.t.out.WriteByte('\b')
		}
	case 'K', 'J':
		s.t.out.WriteString("\r\n")
	}
}

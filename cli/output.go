package cli

import (
	"bytes"
	"io"
	"net"
	"time"
)

// farewell ends the output and waits for the client to close. A vppctl behind a pipe says quit more than once, and a write
// to a closed connection kills it with a signal, whatever output it has not read yet.
func (c *session) farewell() {
	if u, ok := c.conn.(*net.UnixConn); ok && u.CloseWrite() == nil {
		c.conn.SetReadDeadline(time.Now().Add(c.s.cfg.WriteTimeout))
		io.Copy(io.Discard, c.in)
	}
}

// timed gives every write a deadline. After the first that fails it calls onError: nobody reads what a command has to say.
type timed struct {
	conn    net.Conn
	timeout time.Duration
	onError func()
}

func (t *timed) Write(p []byte) (int, error) {
	t.conn.SetWriteDeadline(time.Now().Add(t.timeout))
	n, err := t.conn.Write(p)
	if err != nil && t.onError != nil {
		t.onError()
	}
	return n, err
}

// clean replaces the bytes that mean something to vppctl: NUL, an acknowledgement, and 0xff, a telnet command. Neither
// occurs in text.
type clean struct{ w io.Writer }

func (c clean) Write(p []byte) (int, error) {
	if bytes.IndexByte(p, 0) < 0 && bytes.IndexByte(p, telnetIAC) < 0 {
		return c.w.Write(p)
	}
	q := bytes.ReplaceAll(p, []byte{0}, []byte("?"))
	q = bytes.ReplaceAll(q, []byte{telnetIAC}, []byte("?"))
	return c.w.Write(q)
}

// printable replaces the control characters in a command's text, but for newlines and tabs: names and tags come from clients of
// other sockets, and are not to move an operator's cursor.
type printable struct{ w io.Writer }

func (p printable) Write(b []byte) (int, error) {
	control := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }
	if bytes.IndexFunc(b, control) < 0 {
		return p.w.Write(b)
	}
	q := bytes.Clone(b)
	for i, c := range q {
		if control(rune(c)) {
			q[i] = '?'
		}
	}
	return p.w.Write(q)
}

// crlf ends lines as terminals want them.
type crlf struct{ w io.Writer }

func (c crlf) Write(p []byte) (int, error) {
	if _, err := c.w.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// frames sends what is written to it as output frames.
type frames struct{ w io.Writer }

func (f frames) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		piece := p[:min(len(p), outSize)]
		if err := writeFrame(f.w, frameOutput, piece); err != nil {
			return n, err
		}
		n += len(piece)
		p = p[len(piece):]
	}
	return n, nil
}

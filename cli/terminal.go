package cli

import (
	"bufio"
	"context"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// terminal is the line that somebody types on a terminal behind vppctl, which leaves echoing to the server. It can be
// typed, erased, completed and cancelled; arrow keys and a history are the local editor's of gvpp's own client.
type terminal struct {
	*session
	out   *bufio.Writer // crlf
	line  []byte
	after byte // the byte before, where it decides what this one means: \r or ESC or [
}

// Keys, by the byte they send.
const (
	keyCtrlC     = 0x03
	keyCtrlD     = 0x04
	keyBackspace = 0x08
	keyTab       = '\t'
	keyCtrlU     = 0x15
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// serveTerminal prompts, echoes and runs lines until the client quits.
func (c *session) serveTerminal(ctx context.Context) {
	t := &terminal{session: c, out: bufio.NewWriterSize(crlf{clean{c.raw}}, outSize)}
	t.prompt()
	for {
		line, err := t.read()
		if err != nil {
			t.out.Flush()
			c.complain(err)
			return
		}
		if isQuit(line) {
			return
		}
		if err := c.run(ctx, line, false, t.out, true); err != nil {
			io.WriteString(t.out, err.Error()+"\n")
			c.dropInput()
			c.dropLine = false
		}
		t.prompt()
	}
}

func (t *terminal) prompt() { io.WriteString(t.out, t.s.cfg.Prompt) }

// read lets a line be typed.
func (t *terminal) read() (string, error) {
	t.line = t.line[:0]
	end := time.Now().Add(t.s.cfg.IdleTimeout)
	for {
		if t.in.Buffered() == 0 {
			if err := t.out.Flush(); err != nil {
				return "", err
			}
		}
		b, err := t.readByte(end, false)
		if err != nil {
			return "", err
		}
		done, err := t.key(b)
		if done || err != nil {
			return string(t.line), err
		}
	}
}

// key takes what one key sends, a byte at a time, and reports whether the line is complete.
func (t *terminal) key(b byte) (done bool, err error) {
	after := t.after
	t.after = 0
	switch {
	case after == '\r' && (b == '\n' || b == 0): // the second half of a line's end
	case after == keyEscape && (b == '[' || b == 'O'):
		t.after = '['
	case after == '[':
		if b < '@' {
			t.after = '['
		}
	case after == keyEscape:
	case b == '\r' || b == '\n':
		t.after = b
		t.echo("\n")
		return true, nil
	case b == keyEscape:
		t.after = b
	case b == keyCtrlC:
		t.line = t.line[:0]
		t.echo("^C\n")
		t.prompt()
	case b == keyCtrlD && len(t.line) == 0:
		t.echo("\n")
		return false, io.EOF
	case b == keyBackspace || b == keyDelete:
		t.erase(1)
	case b == keyCtrlU:
		t.erase(len(t.line))
	case b == keyTab:
		t.completeLine()
	case b >= ' ' && len(t.line) == maxLine:
		return false, errTooLong
	case b >= ' ':
		t.line = append(t.line, b)
		t.out.WriteByte(b)
	}
	return false, nil
}

func (t *terminal) echo(s string) { io.WriteString(t.out, s) }

// erase takes up to n characters off the end of the line.
func (t *terminal) erase(n int) {
	for ; n > 0 && len(t.line) > 0; n-- {
		_, size := utf8.DecodeLastRune(t.line)
		t.line = t.line[:len(t.line)-size]
		t.echo("\b \b")
	}
}

// completeLine lengthens the last word as far as all candidates agree, and lists them where they do not.
func (t *terminal) completeLine() {
	list := t.s.cfg.Tree.Complete(string(t.line))
	if len(list) == 0 {
		return
	}
	add := continuation(string(t.line), list)
	t.line = append(t.line, add...)
	if add == "" {
		t.echo("\n" + strings.Join(list, "  ") + "\n" + t.s.cfg.Prompt + string(t.line))
		return
	}
	t.echo(add)
}

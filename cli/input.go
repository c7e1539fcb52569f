package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// readByte returns the next byte of data: telnet's commands are taken out. It waits until end; what a terminal is to be shown goes
// out before. With nudged the client gets
// a NUL from time to time.
func (c *session) readByte(end time.Time, nudged bool) (byte, error) {
	for {
		if c.terminal != nil && c.in.Buffered() == 0 {
			if err := c.terminal.out.Flush(); err != nil {
				return 0, err
			}
		}
		wait := end
		if soon := time.Now().Add(nudge); nudged && soon.Before(end) {
			wait = soon
		}
		c.conn.SetReadDeadline(wait)
		b, err := c.in.ReadByte()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && wait == end:
			return 0, errIdle
		case errors.Is(err, os.ErrDeadlineExceeded):
			if _, err := c.raw.Write([]byte{0}); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		case c.tel.feed(b):
			return b, nil
		}
	}
}

// readLine reads up to a newline, which with all of the line has to come before the session is idle for too long. Carriage
// returns and NULs are no part of a line.
func (c *session) readLine(nudged bool) (string, error) {
	if c.leaving {
		return "quit", nil
	}
	var line []byte
	end := time.Now().Add(c.s.cfg.IdleTimeout)
	for {
		fresh := c.in.Buffered() == 0
		b, err := c.readByte(end, nudged)
		switch {
		case err != nil:
			return "", err
		case nudged && fresh && b == vppctlQuit[0] && len(line) > 0 && c.onlyQuit():
			c.leaving = true
			return string(line), nil
		case b == '\n' && !c.dropLine:
			return string(line), nil
		case b == '\n':
			c.dropLine = false
		case b == 0 || b == '\r' || c.dropLine:
		case len(line) == maxLine:
			return "", errTooLong
		default:
			line = append(line, b)
		}
	}
}

// vppctlQuit is what vppctl says by itself once its input has ended, whether or not that ended with a newline.
const vppctlQuit = "quit\n"

// onlyQuit reports whether the rest of vppctlQuit is all that has arrived. The line before it was complete, then.
func (c *session) onlyQuit() bool {
	got, _ := c.in.Peek(c.in.Buffered())
	return string(got) == vppctlQuit[1:]
}

// dropInput forgets what the client has sent behind a command that failed, as VPP does, down to a line that is not
// complete yet: its tail must not run as a command of its own. It returns how many lines would have been commands.
func (c *session) dropInput() (lines int) {
	var line []byte
	end := func() {
		if text := string(line); !isComment(text) && !isQuit(text) {
			lines++
		}
		line = line[:0]
	}
	for range c.in.Buffered() {
		b, err := c.in.ReadByte()
		switch {
		case err != nil:
			return lines
		case !c.tel.feed(b) || b == 0 || b == '\r':
			continue
		case b == '\n':
			end()
		default:
			line = append(line, b)
		}
		c.dropLine = b != '\n'
	}
	end()
	return lines
}

// tellDropped says how many lines dropInput has forgotten, if any.
func tellDropped(w io.Writer, lines int) {
	switch {
	case lines == 1:
		io.WriteString(w, "1 further line not run\n")
	case lines > 1:
		fmt.Fprintf(w, "%d further lines not run\n", lines)
	}
}

// complain tells the client why the session ends, where it is not the client who ended it.
func (c *session) complain(err error) {
	switch {
	case errors.Is(err, errIdle):
		fmt.Fprintf(c.raw, "no command for %v: closing\n", c.s.cfg.IdleTimeout)
	case errors.Is(err, errTooLong):
		fmt.Fprintf(c.raw, "a line is longer than %d bytes: closing\n", maxLine)
	}
}

// isQuit reports whether the line ends the session.
func isQuit(line string) bool {
	switch strings.TrimSpace(line) {
	case "quit", "q", "exit":
		return true
	}
	return false
}

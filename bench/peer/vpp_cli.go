package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// vppCLI is a connection to a vpp's CLI socket, as vppctl opens it when its standard input is no terminal: one line is a
// command, one NUL byte ends its output, telnet's negotiation is answered once and ignored. One goroutine uses it.
type vppCLI struct {
	conn net.Conn
	in   *bufio.Reader
	dir  string // for files that are too long for a line
}

// Telnet's bytes, RFC 854 and 1091.
const (
	telnetIAC   = 0xff
	telnetSE    = 0xf0
	telnetSB    = 0xfa
	telnetWill  = 0xfb // and the three after it: a command with one option byte
	telnetDont  = 0xfe
	telnetTType = 24
)

// vppCommandPatience is how long a command may take: an ACL of 10,000 rules takes seconds on a busy machine.
const vppCommandPatience = 60 * time.Second

// dialVPP connects and says that it is no terminal, without which vpp would treat it as one after a second.
func dialVPP(dir string) (*vppCLI, error) {
	conn, err := net.Dial("unix", vppSocket(dir))
	if err != nil {
		return nil, err
	}
	c := &vppCLI{conn: conn, in: bufio.NewReaderSize(conn, 1<<16), dir: dir}
	answer := append([]byte{telnetIAC, telnetSB, telnetTType, 0}, "vppctl"...)
	if _, err := conn.Write(append(answer, telnetIAC, telnetSE)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func (c *vppCLI) close() error { return c.conn.Close() }

// vppError is what vpp answered to a command that should have been silent or known.
type vppError struct{ command, said string }

func (e *vppError) Error() string {
	return fmt.Sprintf("vpp: %.120q: it said %.300q", e.command, e.said)
}

// run gives the output of one command of one line.
func (c *vppCLI) run(command string) (string, error) {
	if err := c.conn.SetDeadline(time.Now().Add(vppCommandPatience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c.conn, command+"\n"); err != nil {
		return "", fmt.Errorf("vpp: %.120q: %w", command, err)
	}
	text, err := readAnswer(c.in)
	if err != nil {
		return "", fmt.Errorf("vpp: %.120q: %w", command, err)
	}
	if strings.Contains(text, "unknown input") || strings.Contains(text, "unknown command") {
		return "", &vppError{command, strings.TrimSpace(text)}
	}
	return text, nil
}

// set runs commands that say nothing, or nothing but one of the expected beginnings, when all is well.
func (c *vppCLI) set(commands []string, expected ...string) error {
	for _, line := range commands {
		text, err := c.run(line)
		if err != nil {
			return err
		}
		if text = strings.TrimSpace(text); text != "" && !hasAnyPrefix(text, expected) {
			return &vppError{line, text}
		}
	}
	return nil
}

func hasAnyPrefix(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// execute runs a command that is longer than a line may be, from a file. What the command says is lost in vpp.
func (c *vppCLI) execute(command string) error {
	path := filepath.Join(c.dir, "command.cli")
	if err := os.WriteFile(path, []byte(command+"\n"), 0o600); err != nil {
		return err
	}
	return c.set([]string{"exec " + path})
}

// readAnswer reads up to the NUL that ends a command's output, without carriage returns and telnet's commands.
func readAnswer(in io.ByteReader) (string, error) {
	var out strings.Builder
	for {
		b, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		switch b {
		case 0:
			return out.String(), nil
		case '\r':
		case telnetIAC:
			if err := skipTelnet(in, &out); err != nil {
				return "", err
			}
		default:
			out.WriteByte(b)
		}
	}
}

// skipTelnet reads the rest of a telnet command; a doubled IAC is a byte of the text.
func skipTelnet(in io.ByteReader, out *strings.Builder) error {
	b, err := in.ReadByte()
	switch {
	case err != nil:
		return err
	case b == telnetIAC:
		out.WriteByte(b)
	case b >= telnetWill && b <= telnetDont:
		_, err = in.ReadByte()
	case b == telnetSB:
		for last := byte(0); err == nil && (last != telnetIAC || b != telnetSE); {
			last = b
			b, err = in.ReadByte()
		}
	}
	return err
}

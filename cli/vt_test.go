package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// vt is the terminal of a person behind a socket: what the server writes moves a cursor about on a screen.
type vt struct {
	t       *testing.T
	c       net.Conn
	raw     []byte // all that came
	rows    [][]rune
	x, y    int
	w, h    int
	seq     string // under way
	partial []byte // of a character
}

// openTerminal connects with a terminal of that type and size.
func openTerminal(t *testing.T, path, term string, w, h int) *vt {
	t.Helper()
	v := &vt{t: t, c: dialRaw(t, path, term), w: w, h: h, rows: make([][]rune, h)}
	v.size(w, h)
	return v
}

// size tells the server how large the window is.
func (v *vt) size(w, h int) {
	v.t.Helper()
	v.w, v.h = w, h
	for len(v.rows) < h {
		v.rows = append(v.rows, nil)
	}
	for len(v.rows) > h {
		v.scroll()
	}
	send(v.t, v.c, naws(w, h))
}

func naws(w, h int) string {
	size := []byte{byte(w >> 8), byte(w), byte(h >> 8), byte(h)}
	size = bytes.ReplaceAll(size, []byte{telnetIAC}, []byte{telnetIAC, telnetIAC})
	return string([]byte{telnetIAC, telnetSB, optionWindow}) + string(size) + string([]byte{telnetIAC, telnetSE})
}

func (v *vt) keys(s string) {
	v.t.Helper()
	send(v.t, v.c, s)
}

// await reads until the bottom lines of what is on the screen are these, the last one up to the cursor.
func (v *vt) await(lines ...string) {
	v.t.Helper()
	want := strings.Join(lines, "\n")
	v.c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		have := v.screen()
		if have == want || strings.HasSuffix(have, "\n"+want) {
			return
		}
		if !v.read() {
			v.t.Fatalf("the screen does not come to end in\n%s\nit shows\n%s\n(%q)", want, have, v.raw[max(0, len(v.raw)-300):])
		}
	}
}

// awaitEnd reads until the server closes the connection.
func (v *vt) awaitEnd() {
	v.t.Helper()
	v.c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for v.read() {
	}
	if n, err := v.c.Read(make([]byte, 1)); err != io.EOF {
		v.t.Fatalf("no end: %d bytes, %v", n, err)
	}
}

func (v *vt) read() bool {
	b := make([]byte, 4096)
	n, err := v.c.Read(b)
	v.raw = append(v.raw, b[:n]...)
	for _, b := range b[:n] {
		v.put(b)
	}
	return err == nil
}

// screen is what can be seen, from the first line to the one of the cursor; that one ends at the cursor, with a | where the
// line goes on behind it.
func (v *vt) screen() string {
	var b strings.Builder
	for i := range v.y {
		fmt.Fprintln(&b, strings.TrimRight(string(v.rows[i]), " "))
	}
	last := v.rows[v.y]
	for len(last) < v.x {
		last = append(last, ' ')
	}
	b.WriteString(string(last[:v.x]))
	if rest := strings.TrimRight(string(last[v.x:]), " "); rest != "" {
		b.WriteString("|" + rest)
	}
	return strings.TrimLeft(b.String(), "\n")
}

func (v *vt) put(b byte) {
	switch {
	case v.seq != "":
		v.seq += string(b)
		if len(v.seq) > 2 && b >= '@' {
			v.control(v.seq[2:])
			v.seq = ""
		}
	case b == 0x1b:
		v.seq = "\x1b"
	case b == '\r':
		v.x = 0
	case b == '\n':
		v.line()
	case b == '\b':
		v.x = max(v.x-1, 0)
	case b >= 0x80:
		v.partial = append(v.partial, b)
		if r := []rune(string(v.partial)); len(r) == 1 && r[0] != 0xfffd {
			v.partial = nil
			v.char(r[0])
		}
	case b >= ' ':
		v.char(rune(b))
	}
}

func (v *vt) char(r rune) {
	if v.x == v.w { // the cursor stays on a full line until the next character
		v.x = 0
		v.line()
	}
	for len(v.rows[v.y]) <= v.x {
		v.rows[v.y] = append(v.rows[v.y], ' ')
	}
	v.rows[v.y][v.x] = r
	v.x++
}

func (v *vt) line() {
	if v.y++; v.y == v.h {
		v.scroll()
	}
}

func (v *vt) scroll() {
	v.rows = append(v.rows[1:], nil)[:max(v.h, 1)]
	v.y = max(min(v.y, v.h)-1, 0)
}

func (v *vt) control(seq string) {
	n := 1
	fmt.Sscanf(seq, "%d", &n)
	switch seq[len(seq)-1] {
	case 'A':
		v.y = max(v.y-n, 0)
	case 'B':
		v.y = min(v.y+n, v.h-1)
	case 'C':
		v.x = min(v.x+n, v.w-1)
	case 'D':
		v.x = max(min(v.x, v.w-1)-n, 0)
	case 'H':
		v.x, v.y = 0, 0
	case 'J':
		v.rows = make([][]rune, v.h)
	case 'K':
		if strings.HasPrefix(seq, "2") {
			v.rows[v.y] = nil
		} else {
			v.rows[v.y] = v.rows[v.y][:min(v.x, len(v.rows[v.y]))]
		}
	}
}

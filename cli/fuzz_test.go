package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// fuzzTree has a command that reads a value of every kind.
func fuzzTree(t testing.TB) *Tree {
	tree := new(Tree)
	every := func(c *Call) error {
		a := c.Args
		takes := []func() error{
			func() error { _, err := a.Word("a word"); return err },
			func() error { _, err := a.OneOf("a direction", "in", "out"); return err },
			func() error { _, err := a.Int("a number", -5, 5); return err },
			func() error { _, err := a.Uint("a number", 1, 5); return err },
			func() error { _, _, err := a.Range("a port", 0, 65535); return err },
			func() error { _, err := a.Addr("an address"); return err },
			func() error { _, err := a.Prefix("a prefix"); return err },
			func() error { _, err := a.Duration("a time", 0, time.Hour); return err },
		}
		var errs []error
		for i := 0; a.Len() > 0 && i < 100; i++ {
			left := a.Len()
			errs = append(errs, takes[i%len(takes)]())
			if a.Len() != left-1 {
				panic("a value is not one word")
			}
		}
		return errors.Join(errors.Join(errs...), a.End())
	}
	for _, path := range []string{"every", "every thing", "ever", "show errors", "show interface"} {
		if err := tree.Add(path, "", "", every); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.SetCompleter("every", func(args []string) []string { return args }); err != nil {
		t.Fatal(err)
	}
	return tree
}

var fuzzLines = []string{
	"", "show errors", "sh err", "every x in 5 1 80-90 10.0.0.1 10.0.0.0/8 1.5", "every -1 out -6 0 9-1 ::1 ::/0 1h", `every "a \"b\" \\" "`,
	"help", "help every", "ev ?", "?", "# c", "comment", "\x00", "\xff", "show\tinterface \r", "every 0x7f NaN", "é", `""`,
}

// FuzzRun checks that no line makes the tree or a value panic, and that what completion proposes fits the line.
func FuzzRun(f *testing.F) {
	for _, line := range fuzzLines {
		f.Add(line)
	}
	tree := fuzzTree(f)
	f.Fuzz(func(t *testing.T, line string) {
		for _, json := range []bool{false, true} {
			var p *PanicError
			if err := tree.Run(t.Context(), line, json, io.Discard); errors.As(err, &p) {
				t.Fatalf("%q: %v\n%s", line, p, p.Stack)
			}
		}
		for _, c := range tree.Complete(line) {
			if !strings.HasPrefix(c, lastWord(line)) {
				t.Fatalf("%q proposes %q, which does not start with %q", line, c, lastWord(line))
			}
		}
		checkSplit(t, line)
	})
}

// checkSplit checks that words are where they say and that nothing but blanks is between them.
func checkSplit(t *testing.T, line string) {
	words, err := split(line)
	if err != nil {
		return
	}
	end := len(line)
	for i := len(words) - 1; i >= 0; i-- {
		text := line[words[i].off:end]
		if again, err := split(text); err != nil || len(again) != 1 || again[0].text != words[i].text {
			t.Fatalf("%q: word %d is %q, by itself %v, %v", line, i, words[i].text, again, err)
		}
		end = words[i].off
	}
	if strings.Trim(line[:end], " \t\r\n") != "" {
		t.Fatalf("%q: %q is in no word", line, line[:end])
	}
}

// FuzzTelnet checks that what is no command comes through whole, and that nothing keeps more than its bound.
func FuzzTelnet(f *testing.F) {
	f.Add([]byte("show err\n"))
	f.Add(answer("xterm"))
	f.Add(opening)
	f.Add([]byte{telnetIAC, telnetIAC, telnetIAC, telnetSB, 'a', telnetIAC, telnetIAC, 'b'})
	f.Add(append([]byte{telnetIAC, telnetSB, optionTermType, termTypeIs}, bytes.Repeat([]byte("x"), 100)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		var tel telnet
		var out []byte
		for _, b := range in {
			if tel.feed(b) {
				out = append(out, b)
			}
		}
		switch {
		case len(tel.sub) > maxSub || len(tel.term) > maxSub:
			t.Fatalf("keeps %d and %d bytes", len(tel.sub), len(tel.term))
		case !utf8.ValidString(tel.term):
			t.Fatalf("terminal type %q", tel.term)
		case bytes.IndexByte(in, telnetIAC) < 0 && !bytes.Equal(in, out):
			t.Fatalf("%q comes out as %q", in, out)
		}
	})
}

// FuzzFrame checks that frames which are read are the bytes that were there.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("x\x00\x00\x00\x03abc"))
	f.Add([]byte("h\x00\x00\x00\x00o\x00\x00\x00\x01a"))
	f.Add([]byte("x\xff\xff\xff\xff"))
	f.Add([]byte("x\x00\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		var out bytes.Buffer
		for {
			kind, payload, err := readFrame(r)
			if err != nil {
				break
			}
			if err := writeFrame(&out, kind, payload); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(in, out.Bytes()) {
			t.Fatalf("%q reads as %q", in, out.Bytes())
		}
	})
}

// FuzzSession gives a session any input and checks that it ends with it and that no command of it panics.
func FuzzSession(f *testing.F) {
	for _, term := range []string{termVppctl, "xterm"} {
		f.Add(append(answer(term), "show err\n\x00every \"x\ty\"\r\nsh in\x7f\x15\x1b[A\t\tfoo\nsh"...))
	}
	f.Add(append(answer("xterm"), naws(20, 4)+"help\r \x1b[A\x1b[Fq\x12sh\x7f\x07\x0b\x19\x17"+naws(9, 3)+"help\r"+naws(255, 255)+"\rq\x1b[\x1b[[A\x03quit\r"...))
	f.Add(append(answer("dumb"), naws(20, 4)+"help\r k\x0cq\t\x12\x04"...))
	f.Add([]byte("show err\nfoo\nsh"))
	f.Add(append(answer(termGvppctl), "x\x00\x00\x00\x08show errj\x00\x00\x00\x05everyc\x00\x00\x00\x02sh!\x00\x00\x00\x00"...))
	f.Add(append(answer(termGvppctl), "x\xff\xff\xff\xff"...))
	s := &Server{cfg: ServerConfig{
		Tree: fuzzTree(f), Prompt: "# ", HistoryLimit: 3, PagerLimit: 10, IdleTimeout: time.Minute, WriteTimeout: time.Minute, Log: slog.New(slog.DiscardHandler),
	}}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.IndexByte(in, telnetIAC) < 0 {
			in = append(answer("xterm"), in...) // or every one waits a second for its terminal
		}
		client, server := pair(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer server.Close()
			newSession(s, server).serve(context.Background())
		}()
		go func() {
			client.Write(in)
			client.CloseWrite()
		}()
		client.SetReadDeadline(time.Now().Add(10 * time.Second))
		out, err := io.ReadAll(client)
		if err != nil {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%q does not end: %q, %v\n%s", in, out, err, stacks[:runtime.Stack(stacks, true)])
		}
		<-done
		client.Close()
		if bytes.Contains(out, []byte("internal error")) {
			t.Fatalf("%q gives %q", in, out)
		}
	})
}

// pair returns both ends of a connection.
func pair(t *testing.T) (client, server *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = c.(*net.UnixConn)
	}
	return ends[0], ends[1]
}

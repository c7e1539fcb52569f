package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// editor edits lines on the program's terminal, which is raw only while a line is typed: during a command Ctrl-C is a
// signal, and what is typed ahead waits in the kernel.
type editor struct {
	term     *term.Terminal
	complete func(line string) ([]string, error)
	history  *history
	resized  chan os.Signal

	cancelled bool // the line ends with Ctrl-C
}

func newEditor(prompt string, complete func(string) ([]string, error), h *history) *editor {
	e := &editor{complete: complete, history: h, resized: make(chan os.Signal, 1)}
	e.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&keys{in: os.Stdin}, os.Stdout}, prompt)
	e.term.AutoCompleteCallback = e.key
	e.term.History = e
	signal.Notify(e.resized, unix.SIGWINCH)
	go func() {
		for range e.resized {
			e.resize()
		}
	}()
	return e
}

// close ends what newEditor has started.
func (e *editor) close() {
	signal.Stop(e.resized)
	close(e.resized)
}

func (e *editor) resize() {
	if w, h, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
		e.term.SetSize(w, h)
	}
}

// readLine reads the next line that is not cancelled; Ctrl-D on an empty one is io.EOF.
func (e *editor) readLine(ctx context.Context) (string, error) {
	state, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return "", fmt.Errorf("cannot set up the terminal: %w", err)
	}
	defer term.Restore(int(os.Stdin.Fd()), state)
	e.resize()
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		for {
			line, err := e.term.ReadLine()
			if err == nil && e.cancelled {
				e.cancelled = false
				continue
			}
			if err == io.EOF {
				e.term.Write([]byte("\n"))
			}
			done <- result{line, err}
			return
		}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done(): // the goroutine stays behind in a read that nothing interrupts; the program is about to end
		return "", context.Cause(ctx)
	}
}

// key handles the keys that the terminal leaves to it: the end of a cancelled line, and Tab.
func (e *editor) key(line string, pos int, key rune) (string, int, bool) {
	switch key {
	case keyCancel:
		e.cancelled = true
		line += "^C"
		return line, len(line), true
	case keyTab:
		add := e.proposal(line[:pos])
		return line[:pos] + add + line[pos:], pos + len(add), true
	}
	return "", 0, false
}

// proposal returns what completes the line, and lists the candidates where they do not agree on anything.
func (e *editor) proposal(line string) string {
	list, err := e.complete(line)
	if err != nil {
		fmt.Fprintln(e.term, err)
		return ""
	}
	add := continuation(line, list)
	if add == "" && len(list) > 0 {
		fmt.Fprintln(e.term, strings.Join(list, "  "))
	}
	return add
}

// Add, Len and At are the terminal's history: cancelled lines are no part of it.
func (e *editor) Add(line string) {
	if !e.cancelled {
		e.history.add(line)
	}
}
func (e *editor) Len() int        { return e.history.len() }
func (e *editor) At(i int) string { return e.history.at(i) }

// keyCancel is what keys makes of Ctrl-C: a byte that no key sends by itself in a line.
const keyCancel = 0x18

// keys reads what keys send and makes it fit the terminal: Ctrl-C becomes keyCancel and a line's end, because the terminal
// would leave it in its buffer for ever; the two other ways in which terminals send arrows, Home and End become the first.
type keys struct {
	in   io.Reader
	rest []byte
}

var keySequences = strings.NewReplacer(
	"\x03", string(rune(keyCancel))+"\r",
	"\x1bOA", "\x1b[A", "\x1bOB", "\x1b[B", "\x1bOC", "\x1b[C", "\x1bOD", "\x1b[D", "\x1bOH", "\x1b[H", "\x1bOF", "\x1b[F",
	"\x1b[1~", "\x1b[H", "\x1b[7~", "\x1b[H", "\x1b[4~", "\x1b[F", "\x1b[8~", "\x1b[F",
)

func (k *keys) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		b := make([]byte, 256)
		n, err := k.in.Read(b)
		if n == 0 {
			return 0, err
		}
		k.rest = []byte(keySequences.Replace(string(bytes.ReplaceAll(b[:n], []byte{keyCancel}, nil))))
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

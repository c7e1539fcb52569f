package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// console is the editor of the program's own terminal, which is raw only while a line is typed: during a command Ctrl-C is
// a signal, and what is typed ahead waits in the kernel.
type console struct {
	*editor
	resized chan os.Signal
	typed   []byte // read and not taken yet
}

func newConsole(prompt string, complete func(string) ([]string, error), h *history) *console {
	c := &console{resized: make(chan os.Signal, 1)}
	c.editor = newEditor(c.nextByte, os.Stdout, prompt, complete, h)
	signal.Notify(c.resized, unix.SIGWINCH)
	go func() {
		for range c.resized {
			c.size()
		}
	}()
	return c
}

// close ends what newConsole has started.
func (c *console) close() {
	signal.Stop(c.resized)
	close(c.resized)
}

// nextByte reads what is typed.
func (c *console) nextByte() (byte, error) {
	if len(c.typed) == 0 {
		b := make([]byte, 256)
		n, err := os.Stdin.Read(b)
		if n == 0 && err == nil {
			err = io.ErrNoProgress
		}
		if n == 0 {
			return 0, err
		}
		c.typed = b[:n]
	}
	b := c.typed[0]
	c.typed = c.typed[1:]
	return b, nil
}

func (c *console) size() {
	if w, h, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
		c.resize(w, h)
	}
}

// readLine is the editor's, with the terminal raw meanwhile.
func (c *console) readLine(ctx context.Context) (string, error) {
	state, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return "", fmt.Errorf("cannot set up the terminal: %w", err)
	}
	defer term.Restore(int(os.Stdin.Fd()), state)
	c.size()
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := c.editor.readLine()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done(): // the goroutine stays behind in a read that nothing interrupts; the program is about to end
		return "", context.Cause(ctx)
	}
}

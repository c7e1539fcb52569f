package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/term"
)

// Options of Interact. The zero value will do.
type Options struct {
	JSON    bool      // show results as JSON
	History string    // the file to keep lines in; "" keeps them for this session only
	Prompt  string    // "" is "gvpp# "
	Out     io.Writer // for output; nil is os.Stdout
	Err     io.Writer // for errors; nil is os.Stderr
}

// Interact reads lines from the terminal that is the program's standard input, with editing, history and completion, and
// runs them, until quit, Ctrl-D or the end of ctx. Ctrl-C drops the line, or cancels the command that runs; so ctx must not
// be one that SIGINT ends.
func Interact(ctx context.Context, c *Client, o Options) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("standard input is not a terminal: give a command, or pipe lines in")
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.Prompt == "" {
		o.Prompt = defaultPrompt
	}
	e := newConsole(o.Prompt, c.Complete, openHistory(o.History))
	defer e.close()
	for {
		line, err := e.readLine(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTyped):
			fmt.Fprintln(o.Err, err)
		case err != nil:
			return err
		case isQuit(line):
			return nil
		case !isComment(line):
			runInteractive(ctx, c, line, o)
		}
	}
}

// runInteractive runs a line and shows what comes of it. Ctrl-C cancels it.
func runInteractive(ctx context.Context, c *Client, line string, o Options) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	out := &lineEnd{w: o.Out}
	err := c.ExecTo(ctx, line, o.JSON, out)
	out.end()
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(o.Err, "cancelled")
	case err != nil:
		fmt.Fprintln(o.Err, err)
	}
}

// lineEnd knows whether the last line written is complete.
type lineEnd struct {
	w    io.Writer
	open bool
}

func (l *lineEnd) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.open = p[len(p)-1] != '\n'
	}
	return l.w.Write(p)
}

// end completes the last line: the prompt starts at the left.
func (l *lineEnd) end() {
	if l.open {
		io.WriteString(l.w, "\n")
	}
}

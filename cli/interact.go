package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/reeflective/readline"
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
// runs them, until quit, Ctrl-D or the end of ctx. Ctrl-C drops the line, or cancels the command that runs.
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
	sh, err := newShell(c, o)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		line, err := sh.Readline()
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(o.Out)
			return nil
		case err != nil:
			return fmt.Errorf("cannot read from the terminal: %w", err)
		case isQuit(line):
			return nil
		case !isComment(line):
			runInteractive(ctx, c, line, o)
		}
	}
	return context.Cause(ctx)
}

// newShell makes the line editor. It reads the user's inputrc; Tab lists what it cannot complete, as in other shells.
func newShell(c *Client, o Options) (*readline.Shell, error) {
	prompt := o.Prompt
	if prompt == "" {
		prompt = defaultPrompt
	}
	sh := readline.NewShell()
	sh.Prompt.Primary(func() string { return prompt })
	sh.Completer = func(line []rune, cursor int) readline.Completions {
		list, err := c.Complete(string(line[:cursor]))
		if err != nil {
			return readline.CompleteMessage("%v", err)
		}
		return readline.CompleteValues(list...)
	}
	err := errors.Join(
		sh.Config.Set("menu-complete-display-prefix", true),
		sh.Config.Set("input-meta", true),    // without these three
		sh.Config.Set("output-meta", true),   // letters beyond ASCII
		sh.Config.Set("convert-meta", false), // are lost
		sh.Config.Bind("emacs", "\t", "menu-complete", false),
		sh.Config.Bind("vi-insert", "\t", "menu-complete", false),
	)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the line editor: %w", err)
	}
	if o.History != "" {
		os.MkdirAll(filepath.Dir(o.History), 0o700) // without a history file there is still a history
		sh.History.AddFromFile("history", o.History)
	}
	return sh, nil
}

// runInteractive runs a line and shows what comes of it. Ctrl-C cancels it.
func runInteractive(ctx context.Context, c *Client, line string, o Options) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err := c.ExecTo(ctx, line, o.JSON, o.Out)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(o.Err, "cancelled")
	case err != nil:
		fmt.Fprintln(o.Err, err)
	}
}

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// maxLine bounds a command line, in bytes. Rule lines are some hundred; more than this is not a command.
const maxLine = 64 << 10

// maxScriptDepth bounds scripts that run scripts, which could otherwise run themselves for ever.
const maxScriptDepth = 8

// PanicError is a panic of a handler, as the error of that one command.
type PanicError struct {
	Path  string // the command's
	Value any    // what the handler panicked with
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("%s: internal error, please report it: %v", e.Path, e.Value)
}

// Run runs one line; empty lines and comments ('#' or the word comment) do nothing. Output goes to out: text, or with
// json the value that the command shows. A handler's panic comes back as a *PanicError.
func (t *Tree) Run(ctx context.Context, line string, json bool, out io.Writer) error {
	if isComment(line) {
		return nil
	}
	if len(line) > maxLine {
		return fmt.Errorf("a line of %d bytes is too long: the limit is %d", len(line), maxLine)
	}
	line, err := t.macros.expand(line)
	if err != nil {
		return err
	}
	words, err := split(line)
	if err != nil {
		return err
	}
	t.mu.RLock()
	n, used, err := t.find(words)
	t.mu.RUnlock()
	if err != nil {
		return err
	}
	if asked, topic := helpTopic(words, used); asked {
		return t.help(topic, json, out)
	}
	rest := ""
	if used < len(words) {
		rest = line[words[used].off:]
	}
	switch {
	case n.cmd != nil:
		return n.cmd.call(ctx, &Args{path: n.path, line: line, words: words[used:]}, json, out)
	case rest != "":
		return unknown(n.path, rest)
	}
	if !json {
		if err := t.help(words, false, out); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: incomplete command: it goes on with one of %s", n.path, strings.Join(n.names, ", "))
}

// isComment reports whether the line does nothing.
func isComment(line string) bool {
	words := strings.Fields(line)
	return len(words) == 0 || words[0][0] == '#' || words[0] == "comment"
}

// call runs the handler and turns a panic into an error.
func (cmd *command) call(ctx context.Context, args *Args, json bool, out io.Writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Path: cmd.path, Value: v, Stack: debug.Stack()}
		}
	}()
	c := &Call{Context: ctx, Path: cmd.path, Args: args, JSON: json, Out: out, raw: out}
	if json {
		c.Out = io.Discard
	}
	return cmd.run(c)
}

type scriptDepth struct{}

// RunScript runs the lines of a script (exec FILE), of which those from a { to its } are one, and stops at the first error, which then reads "name:line: …".
func (t *Tree) RunScript(ctx context.Context, name string, r io.Reader, json bool, out io.Writer) error {
	depth, _ := ctx.Value(scriptDepth{}).(int)
	if depth >= maxScriptDepth {
		return fmt.Errorf("%s: scripts run scripts more than %d deep: does it run itself?", name, maxScriptDepth)
	}
	ctx = context.WithValue(ctx, scriptDepth{}, depth+1)
	in := newScanner(r)
	var b block
	first, n := 1, 1 // the block's first line, this line
	for ; in.Scan(); n++ {
		if b.depth == 0 {
			first = n
		}
		line, whole := b.add(in.Text())
		if !whole {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s:%d: stopped before this line: %w", name, first, err)
		}
		if err := t.Run(ctx, line, json, out); err != nil {
			return fmt.Errorf("%s:%d: %w", name, first, err)
		}
	}
	if err := in.err(); err != nil {
		return fmt.Errorf("%s:%d: %w", name, n, err)
	}
	if b.depth > 0 {
		return fmt.Errorf("%s:%d: %w", name, first, errOpen)
	}
	return nil
}

// scanner reads the lines of a script.
type scanner struct{ *bufio.Scanner }

func newScanner(r io.Reader) scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine+len("\r\n"))
	return scanner{s}
}

// err is what ended the script before its end.
func (s scanner) err() error {
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("the line is longer than %d bytes", maxLine)
	}
	return s.Err()
}

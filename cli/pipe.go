package cli

import (
	"context"
	"fmt"
	"io"
)

// PipeError is the first line of a script that failed, and why.
type PipeError struct {
	Name string
	Line int
	Err  error // a *CommandError if it was the command
}

func (e *PipeError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err) }
func (e *PipeError) Unwrap() error { return e.Err }

// Pipe runs the lines of r, called name in errors, one after the other, and writes their output to w; those from a { to its } are
// one. It stops at the first that fails with a *PipeError, and without one at the end or at a line that says quit.
func Pipe(ctx context.Context, c *Client, name string, r io.Reader, json bool, w io.Writer) error {
	in := newScanner(r)
	var b block
	first, n := 1, 1 // the block's first line, this line
	for ; in.Scan(); n++ {
		if b.depth == 0 {
			first = n
		}
		line, whole := b.add(in.Text())
		switch {
		case !whole, isComment(line):
			continue
		case isQuit(line):
			return nil
		}
		if err := c.ExecTo(ctx, line, json, w); err != nil {
			return &PipeError{name, first, err}
		}
	}
	if err := in.err(); err != nil {
		return &PipeError{name, n, err}
	}
	if b.depth > 0 {
		return &PipeError{name, first, errOpen}
	}
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// MaxText bounds the output of RunText, in bytes.
const MaxText = 16 << 20

// errFull is what an output that has become too long gives to whoever writes it.
var errFull = errors.New("the output is longer than the limit")

// RunText runs the lines of text one after the other until one fails, and returns what they wrote as text: what cli_inband
// of VPP's API does. The error's text ends the output, too, as a line of its own; err is for the reply's return value. Output
// beyond MaxText is cut, which cancels the command and is an error.
func (t *Tree) RunText(ctx context.Context, text string) (output string, err error) {
	return t.runText(ctx, text, MaxText)
}

func (t *Tree) runText(ctx context.Context, text string, limit int) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &bounded{left: limit, full: cancel}
	var err error
	var b block
	for line := range strings.Lines(text) {
		line, whole := b.add(strings.TrimRight(line, "\n"))
		if !whole {
			continue
		}
		if err = ctx.Err(); err == nil {
			err = t.Run(ctx, line, false, out)
		}
		if out.cut {
			err = fmt.Errorf("%w, %d bytes: show less, or use the CLI socket", errFull, limit)
		}
		if err != nil {
			break
		}
	}
	if err == nil && b.depth > 0 {
		err = errOpen
	}
	if err == nil {
		return out.text.String(), nil
	}
	if s := out.text.String(); s != "" && s[len(s)-1] != '\n' {
		out.text.WriteByte('\n')
	}
	out.text.WriteString(err.Error() + "\n")
	return out.text.String(), err
}

// bounded keeps what is written up to a limit.
type bounded struct {
	text strings.Builder
	left int
	cut  bool
	full func() // called when more is written
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.text.Write(p[:n])
	b.left -= n
	if n == len(p) {
		return n, nil
	}
	b.cut = true
	b.full()
	return n, errFull
}

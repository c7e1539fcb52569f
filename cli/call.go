package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Call is one run of a command.
type Call struct {
	Context context.Context // done when whoever gave the command no longer waits for it
	Path    string          // the command's full path, whatever was abbreviated
	Args    *Args           // the words after it
	JSON    bool            // the result is wanted as JSON
	Out     io.Writer       // for text; discards it when JSON is wanted

	raw io.Writer // where JSON goes too; Out when nil
}

// Show is how a command gives its result: with JSON it encodes value, else text writes the human form. Exactly one of
// both is used. Give an empty slice, not a nil one, for a list without elements: JSON tells them apart.
func (c *Call) Show(value any, text func(w io.Writer)) error {
	w := c.sink()
	if c.JSON {
		return writeJSON(w, value)
	}
	b := bufio.NewWriter(printable{w})
	text(b)
	return b.Flush()
}

// flusher is an output that holds back what it is given.
type flusher interface{ Flush() error }

// Live reports whether somebody sees what the command writes while it runs, and can end it.
func (c *Call) Live() bool {
	_, ok := c.sink().(flusher)
	return ok
}

// Item is how a command gives one of many results that come over time: as Show, but JSON in one line, and not held back. Who gives
// items without an end must end with c.Context, and asks Live before.
func (c *Call) Item(value any, text func(w io.Writer)) error {
	w := c.sink()
	if c.JSON {
		line, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("cannot write the result as JSON: %w", err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	} else {
		var b bytes.Buffer
		text(&b)
		if _, err := (printable{w}).Write(b.Bytes()); err != nil {
			return err
		}
	}
	if f, ok := w.(flusher); ok {
		return f.Flush()
	}
	return nil
}

// sink is where results go.
func (c *Call) sink() io.Writer {
	if c.raw != nil {
		return c.raw
	}
	return c.Out
}

// Printf writes text, and nothing when JSON is wanted.
func (c *Call) Printf(format string, a ...any) {
	if !c.JSON {
		fmt.Fprintf(printable{c.Out}, format, a...)
	}
}

// writeJSON writes the value whole or not at all, indented, with < and > as they are.
func writeJSON(w io.Writer, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("cannot write the result as JSON: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

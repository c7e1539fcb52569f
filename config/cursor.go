package config

import (
	"fmt"
	"slices"
	"strings"
)

// Cursor walks the entries of a stanza or of a block in it. A block that nobody takes shows up as the word "{", so that it
// ends in Unknown instead of being skipped.
type Cursor struct {
	where   string // "stanza \"cpu\"", for errors
	entries []Entry
	open    []Entry // block of the last word, not taken yet
	hasOpen bool
	last    Entry  // the last word taken
	isBlock bool   // what was taken last was that word's block, as "{"
	option  string // the word that the value being taken belongs to
}

// Cursor walks the stanza's body from its start.
func (s *Stanza) Cursor() *Cursor {
	return &Cursor{where: fmt.Sprintf("stanza %q", s.Name), entries: s.Body, last: Entry{Word: s.Name, Pos: s.Pos}, option: s.Name}
}

// Peek returns the next word and leaves it.
func (c *Cursor) Peek() (string, bool) {
	switch {
	case c.hasOpen:
		return "{", true
	case len(c.entries) == 0:
		return "", false
	}
	return c.entries[0].Word, true
}

// Next takes the next word.
func (c *Cursor) Next() (string, bool) {
	w, ok := c.take()
	c.option = w
	return w, ok
}

// Keyword takes the next word if it is this one.
func (c *Cursor) Keyword(word string) bool {
	if c.hasOpen || len(c.entries) == 0 || c.entries[0].Word != word {
		return false
	}
	c.Next()
	return true
}

func (c *Cursor) take() (string, bool) {
	switch {
	case c.hasOpen:
		c.open, c.hasOpen, c.isBlock = nil, false, true
		return "{", true
	case len(c.entries) == 0:
		return "", false
	}
	c.last, c.isBlock = c.entries[0], false
	c.entries = c.entries[1:]
	c.open, c.hasOpen = c.last.Block, c.last.HasBlock
	return c.last.Word, true
}

// Pos is where the last word taken stands.
func (c *Cursor) Pos() Pos { return c.last.Pos }

// HasBlock reports whether the last word has a block that was not taken yet.
func (c *Cursor) HasBlock() bool { return c.hasOpen }

// Block takes the block of the last word.
func (c *Cursor) Block() (*Cursor, error) {
	if !c.hasOpen {
		return nil, c.Errorf("%q wants a { block }", c.last.Word)
	}
	inner := &Cursor{where: fmt.Sprintf("%s, block %q", c.where, c.last.Word), entries: c.open, last: c.last, option: c.last.Word}
	c.open, c.hasOpen = nil, false
	return inner, nil
}

// Schema says what each word of a body means: the function is called with the cursor behind the word and takes its value.
type Schema map[string]func(c *Cursor) error

// Walk takes all words by their schema; a word that is not in it is an error.
func (c *Cursor) Walk(schema Schema) error {
	for {
		w, ok := c.Next()
		if !ok {
			return nil
		}
		f := schema[w]
		if f == nil {
			known := make([]string, 0, len(schema))
			for name := range schema {
				known = append(known, name)
			}
			return c.Unknown(known...)
		}
		if err := f(c); err != nil {
			return err
		}
	}
}

// Errorf is an error at the last word taken.
func (c *Cursor) Errorf(format string, a ...any) error {
	err := fmt.Errorf(format, a...)
	return &Error{Pos: c.last.Pos, Msg: c.where + ": " + err.Error(), Err: err}
}

// Unknown is the error for the last word taken; known are the words that would have been understood.
func (c *Cursor) Unknown(known ...string) error {
	if c.isBlock {
		return c.Errorf("unexpected { block } after %q", c.last.Word)
	}
	var notes []string
	if best := Nearest(c.last.Word, known); best != "" {
		notes = append(notes, fmt.Sprintf("did you mean %q?", best))
	}
	if len(known) > 0 {
		known = slices.Sorted(slices.Values(known))
		notes = append(notes, "known: "+strings.Join(known, ", "))
	}
	if len(notes) == 0 {
		return c.Errorf("unknown input %q", c.last.Word)
	}
	return c.Errorf("unknown input %q (%s)", c.last.Word, strings.Join(notes, "; "))
}

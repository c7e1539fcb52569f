package config

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// FuzzParse checks that any text gives stanzas, or an error with a position within the text; that every word stands where
// its position says; and that the words, written out and parsed as arguments, are the same again.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/startup.conf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, s := range []string{
		"unix", "a { b { c } } d e", "a { \"x # y\" }\n# z", "a{b}c{d}", "{", "}", "a \x00", "a { {", "a \"", "é ü",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > maxText/8 {
			return // written out, it would be too long
		}
		lines := bytes.Split(text, []byte("\n"))
		list, err := Parse("f", text)
		var e *Error
		switch {
		case errors.As(err, &e):
			checkPos(t, e.Pos, lines)
		case err != nil:
			t.Fatalf("error without a position: %v", err)
		}
		var args []string
		for _, s := range list {
			checkWord(t, s.Name, s.Pos, lines)
			args = append(write(t, append(args, quote(s.Name), "{"), s.Body, lines), "}")
			takeAll(s.Cursor())
		}
		again, err := ParseArgs(args)
		if words(again) != words(list) {
			t.Fatalf("%q\nparses to %q\nthen to %q, %v", text, words(list), words(again), err)
		}
	})
}

func checkPos(t *testing.T, p Pos, lines [][]byte) {
	t.Helper()
	if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
		t.Fatalf("position %v is outside the text", p)
	}
}

// checkWord looks for the word at its place, where it may stand in quotes.
func checkWord(t *testing.T, word string, p Pos, lines [][]byte) {
	t.Helper()
	checkPos(t, p, lines)
	at := lines[p.Line-1][p.Column-1:]
	if !bytes.HasPrefix(at, []byte(word)) && !bytes.HasPrefix(at, []byte(`"`)) {
		t.Fatalf("%v has %q, not %q", p, at, word)
	}
}

// write appends the entries as arguments and checks the words on the way.
func write(t *testing.T, args []string, body []Entry, lines [][]byte) []string {
	for _, e := range body {
		checkWord(t, e.Word, e.Pos, lines)
		args = append(args, quote(e.Word))
		if e.HasBlock {
			args = append(write(t, append(args, "{"), e.Block, lines), "}")
		}
	}
	return args
}

func quote(w string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
}

// words is the stanzas without their positions.
func words(list []Stanza) string {
	var b strings.Builder
	var add func(body []Entry)
	add = func(body []Entry) {
		for _, e := range body {
			b.WriteString(quote(e.Word))
			if e.HasBlock {
				b.WriteByte('{')
				add(e.Block)
				b.WriteByte('}')
			}
		}
	}
	for _, s := range list {
		b.WriteString(quote(s.Name) + "=")
		add(s.Body)
	}
	return b.String()
}

// takeAll walks a cursor to its end with each kind of value in turn.
func takeAll(c *Cursor) {
	for i := 0; ; i++ {
		if _, ok := c.Peek(); !ok {
			return
		}
		switch i % 10 {
		case 0:
			c.Str()
		case 1:
			c.Int(-5, 5)
		case 2:
			c.Uint(0, 5)
		case 3:
			c.Bool()
		case 4:
			c.Duration(0, time.Hour)
		case 5:
			c.Size(0, 1<<40)
		case 6:
			c.Prefix()
		case 7:
			c.Addr()
		case 8:
			c.Next()
			c.Unknown("known", "words")
		case 9:
			if inner, err := c.Block(); err == nil {
				takeAll(inner)
			}
		}
	}
}

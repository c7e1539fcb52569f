// Package config reads startup.conf, the file that gvpp starts from, in VPP's syntax.
//
// Terms: the text is a list of stanzas, each a name with a block, or a name with a single word. A block holds entries:
// words, any of which may have a block of its own. Stanzas of one name are one, their bodies joined. A cursor walks a
// body for the one who understands it.
//
//	# a comment runs to the end of its line
//	unix { nodaemon  cli-listen /run/gvpp/cli.sock }
//	cpu { workers 2 }
//	plugins { plugin flowtrack.so { disable } }
//	└ stanza  └ entry └ entry       └ block of the entry before it
//
// The same text may come as words of the command line, where # starts no comment. A word with blanks, braces or # in it is
// written "in double quotes", where \" and \\ stand for " and \.
//
// Invariant: every entry knows where it stands, so every error names file, line and column.
//
// The package knows the syntax and VPP's stanza names, but no stanza's meaning.
package config

import (
	"fmt"
	"strconv"
)

// maxText bounds the configuration, in bytes, as in VPP.
const maxText = 256 << 10

// maxDepth bounds blocks within blocks. VPP's own stanzas nest three deep.
const maxDepth = 32

// Pos is where something stands. In words of the command line File is CommandLine, Line is 0 and Column the word's number.
type Pos struct {
	File   string
	Line   int // from 1
	Column int // from 1, in bytes
}

// CommandLine is the File of words that came as arguments.
const CommandLine = "command line"

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File + ": word " + strconv.Itoa(p.Column)
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Error is a mistake in the configuration.
type Error struct {
	Pos Pos
	Msg string
	Err error // the cause, or nil; Msg already says it
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }
func (e *Error) Unwrap() error { return e.Err }

func errorAt(pos Pos, format string, a ...any) error {
	return &Error{Pos: pos, Msg: fmt.Sprintf(format, a...)}
}

// Entry is a word, with the block that follows it.
type Entry struct {
	Word     string
	Block    []Entry // nil without braces, empty for {}
	HasBlock bool
	Pos      Pos
}

// Stanza is a name and what stands under it, from wherever the name was repeated.
type Stanza struct {
	Name string
	Pos  Pos // where it came first
	Body []Entry
}

// Parse parses the text of a file. Stanzas come in the order in which their names came first.
func Parse(file string, text []byte) ([]Stanza, error) {
	if len(text) > maxText {
		return nil, errorAt(Pos{file, 1, 1}, "the configuration has %d bytes, the limit is %d", len(text), maxText)
	}
	tokens, err := scan(string(text), Pos{file, 1, 1}, true)
	if err != nil {
		return nil, err
	}
	return parse(tokens)
}

// ParseArgs parses words of the command line: the same text, cut in any way.
func ParseArgs(words []string) ([]Stanza, error) {
	var tokens []token
	size := 0
	for i, w := range words {
		at := Pos{CommandLine, 0, i + 1}
		if size += len(w) + 1; size > maxText {
			return nil, errorAt(at, "the configuration is longer than %d bytes", maxText)
		}
		some, err := scan(w, at, false)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, some...)
	}
	return parse(tokens)
}

// Merge joins lists of stanzas, a file's and the command line's, into one: bodies of one name are joined in order.
func Merge(lists ...[]Stanza) []Stanza {
	var out []Stanza
	index := make(map[string]int)
	for _, list := range lists {
		for _, s := range list {
			i, ok := index[s.Name]
			if !ok {
				index[s.Name] = len(out)
				out = append(out, Stanza{Name: s.Name, Pos: s.Pos, Body: s.Body[:len(s.Body):len(s.Body)]})
				continue
			}
			out[i].Body = append(out[i].Body, s.Body...)
		}
	}
	return out
}

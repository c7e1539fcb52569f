package cli

import (
	"fmt"
	"slices"
	"strings"
)

// Args is a cursor over the words after a command's path. Its errors start with the path and name what was wanted and
// what was there.
type Args struct {
	path  string
	line  string // for what is left of it in an error
	words []word
}

// NewArgs returns the arguments of a command, for the tests of handlers.
func NewArgs(path string, words ...string) *Args {
	a := &Args{path: path, line: strings.Join(words, " ")}
	off := 0
	for _, w := range words {
		a.words = append(a.words, word{w, off})
		off += len(w) + 1
	}
	return a
}

// Len is the number of words left.
func (a *Args) Len() int { return len(a.words) }

// Peek returns the next word and leaves it.
func (a *Args) Peek() (string, bool) {
	if len(a.words) == 0 {
		return "", false
	}
	return a.words[0].text, true
}

// Next takes the next word.
func (a *Args) Next() (string, bool) {
	w, ok := a.Peek()
	if ok {
		a.words = a.words[1:]
	}
	return w, ok
}

// Rest takes all words that are left.
func (a *Args) Rest() []string {
	out := texts(a.words)
	a.words = nil
	return out
}

// text takes what is left of the line, as it was written.
func (a *Args) text() string {
	if len(a.words) == 0 {
		return ""
	}
	text := strings.TrimSpace(a.line[a.words[0].off:])
	a.words = nil
	return text
}

// Keyword takes the next word if it is exactly this one.
func (a *Args) Keyword(keyword string) bool {
	if w, ok := a.Peek(); !ok || w != keyword {
		return false
	}
	a.words = a.words[1:]
	return true
}

// Word takes the next word; what says what it stands for: "an interface name".
func (a *Args) Word(what string) (string, error) {
	w, ok := a.Next()
	if !ok {
		return "", a.Errorf("expected %s, got end of line", what)
	}
	return w, nil
}

// OneOf takes the next word, which must be one of the keywords.
func (a *Args) OneOf(what string, keywords ...string) (string, error) {
	want := fmt.Sprintf("%s (%s)", what, strings.Join(keywords, ", "))
	w, err := a.Word(want)
	if err == nil && !slices.Contains(keywords, w) {
		return "", a.Errorf("expected %s, got %q", want, w)
	}
	return w, err
}

// End is an error if words are left.
func (a *Args) End() error {
	if len(a.words) == 0 {
		return nil
	}
	return a.Unknown()
}

// Unknown is the error for a next word that the command does not know.
func (a *Args) Unknown() error {
	if len(a.words) == 0 {
		return a.Errorf("expected more, got end of line")
	}
	return unknown(a.path, a.line[a.words[0].off:])
}

// Errorf is an error that starts with the command's path.
func (a *Args) Errorf(format string, v ...any) error {
	return fmt.Errorf(a.path+": "+format, v...)
}

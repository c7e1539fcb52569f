package cli

import (
	"strings"
	"unicode/utf8"
)

// A search goes through the history, backwards from the newest line, for one that contains a text.
type search struct {
	text  string
	at    int    // the history's line that is shown, -1 for none
	saved string // the line that was typed before
}

// maxSearch bounds the text of a search, in bytes.
const maxSearch = 256

// find takes a key of a search, or the one that begins it, and returns the line that is to be shown.
func (e *editor) find(line string, c rune) (string, bool) {
	if e.search == nil {
		if c != commandFind {
			return "", false
		}
		e.search = &search{at: -1, saved: line}
		e.showSearch()
		return line, true
	}
	s := e.search
	switch {
	case c == commandLeaveFind:
		e.leaveSearch()
		return s.saved, true
	case c == commandFind:
		return e.look(line, s.at+1), true
	case c == commandEraseFind:
		_, n := utf8.DecodeLastRuneInString(s.text)
		s.text = s.text[:len(s.text)-n]
		e.showSearch()
		return e.look(line, 0), true
	case c < ' ' || len(s.text) > maxSearch:
		return line, true
	}
	s.text += string(c)
	e.showSearch()
	return e.look(line, max(s.at, 0)), true
}

// look returns the first line from at on that contains the text, or the one that was shown.
func (e *editor) look(line string, at int) string {
	s := e.search
	if s.text == "" {
		return line
	}
	for ; at < e.history.len(); at++ {
		if found := e.history.at(at); strings.Contains(found, s.text) {
			s.at = at
			return found
		}
	}
	return line
}

// showSearch draws the line with the text that is looked for in front of it.
func (e *editor) showSearch() {
	e.term.SetPrompt("(reverse-i-search)`" + e.search.text + "': ")
	e.term.Write(nil)
}

// leaveSearch draws the line with its usual prompt.
func (e *editor) leaveSearch() {
	e.search = nil
	e.term.SetPrompt(e.prompt)
	e.term.Write(nil)
}

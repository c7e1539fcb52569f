package cli

import (
	"errors"
	"strings"
)

var errOpen = errors.New("the { is not closed")

// A block joins the lines of a script that belong together: a line that opens a brace goes on until that is closed.
//
//	comment { what it does,
//	          and "why }
//	packet-generator new {
//	    # a comment
//	    name x limit 5
//	}
type block struct {
	text  string
	depth int
	prose bool // comment { … }, in which quotes and # mean nothing
}

// add takes a line, and returns what there is to run once that is whole. What becomes too long to run is given back, too.
func (b *block) add(line string) (whole string, ok bool) {
	if b.depth == 0 {
		b.text, b.prose = line, isProse(line)
	}
	hash := !b.prose && strings.HasPrefix(strings.TrimSpace(line), "#")
	switch {
	case b.depth > 0 && hash:
		return "", false
	case b.depth > 0:
		b.text += "\n" + line
	}
	open := 0
	if b.prose {
		open = strings.Count(line, "{") - strings.Count(line, "}")
	} else if !hash {
		open = braces(line)
	}
	b.depth = max(b.depth+open, 0)
	if b.depth > 0 && len(b.text) <= maxLine {
		return "", false
	}
	b.depth = 0
	return b.text, true
}

// isProse reports whether a line begins with the word comment.
func isProse(line string) bool {
	words := strings.Fields(line)
	return len(words) > 0 && words[0] == "comment"
}

// braces is how many braces the line opens and does not close, those in quotes left out.
func braces(line string) (open int) {
	if !strings.ContainsAny(line, "{}") {
		return 0
	}
	words, _ := split(line)
	for _, w := range words {
		if line[w.off] != '"' {
			open += strings.Count(w.text, "{") - strings.Count(w.text, "}")
		}
	}
	return open
}

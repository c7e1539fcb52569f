package cli

import (
	"errors"
	"strings"
)

var errOpen = errors.New("the { is not closed")

// A block joins the lines of a script that belong together: a line that opens a brace goes on until that is closed.
//
//	packet-generator new {
//	    # a comment
//	    name x limit 5
//	}
type block struct {
	text  string
	depth int
}

// add takes a line, and returns what there is to run once that is whole. What becomes too long to run is given back, too.
func (b *block) add(line string) (whole string, ok bool) {
	switch {
	case b.depth == 0:
		b.text = line
	case strings.HasPrefix(strings.TrimSpace(line), "#"):
		return "", false
	default:
		b.text += "\n" + line
	}
	if b.depth > 0 || !strings.HasPrefix(strings.TrimSpace(line), "#") {
		b.depth = max(b.depth+braces(line), 0)
	}
	if b.depth > 0 && len(b.text) <= maxLine {
		return "", false
	}
	b.depth = 0
	return b.text, true
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

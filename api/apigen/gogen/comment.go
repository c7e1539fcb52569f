package gogen

import (
	"regexp"
	"strings"

	"github.com/gvpp/gvpp/api/apigen"
)

// note is a comment of an .api file without its marks.
type note struct {
	text   []string          // lines
	fields map[string]string // what @param says, by the field's name
}

var (
	briefMark = regexp.MustCompile(`[\\@]brief\s*`)
	paramMark = regexp.MustCompile(`^[\\@]param(?:\[\w+\])?\s+(\w+)(?:\[\w*\])?\s*[-:]*\s*(.*)$`)
	otherMark = regexp.MustCompile(`^[\\@](\w+)\s*`)
)

// noteOf takes the marks off a comment: those of the language, of doxygen, and what only draws a frame.
func noteOf(comment string) note {
	n := note{fields: map[string]string{}}
	comment = strings.NewReplacer("/**/", "", "/**", "", "/*", "", "*/", "").Replace(comment)
	field := ""
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(line, "//"), "*"))
		line = strings.TrimPrefix(line, "//")
		line = strings.TrimSpace(briefMark.ReplaceAllString(line, ""))
		if m := paramMark.FindStringSubmatch(line); m != nil {
			field = m[1]
			n.fields[field] = m[2]
			continue
		}
		if otherMark.MatchString(line) {
			field = ""
			line = otherMark.ReplaceAllString(line, "$1: ")
		}
		switch {
		case line == "":
			field = ""
			n.text = append(n.text, "")
		case field != "":
			n.fields[field] = strings.TrimSpace(n.fields[field] + " " + line)
		default:
			n.text = append(n.text, line)
		}
	}
	n.text = trimmed(n.text)
	return n
}

// trimmed takes off empty lines at both ends, and all but one between others.
func trimmed(lines []string) (kept []string) {
	for _, l := range lines {
		if l != "" || len(kept) > 0 && kept[len(kept)-1] != "" {
			kept = append(kept, l)
		}
	}
	for len(kept) > 0 && kept[len(kept)-1] == "" {
		kept = kept[:len(kept)-1]
	}
	return kept
}

// doc writes a doc comment: a line that begins with the name, and what the file says.
func (g *generator) doc(first string, n note) {
	if len(n.text) > 0 {
		first += ":"
	} else {
		first += "."
	}
	g.p("// %s", first)
	for _, line := range n.text {
		g.p("%s", strings.TrimRight("// "+line, " "))
	}
}

// remark is the comment behind a field: what the message's comment says of it, and those options that callers want to know.
func remark(f *apigen.Field, n note) string {
	words := strings.Fields(n.fields[f.Name])
	for _, o := range f.Options {
		if o.Name == "default" || o.Name == "limit" {
			words = append(words, "["+o.Name+"="+o.Value+"]")
		}
	}
	if f.Type == "string" && f.Length > 0 {
		words = append(words, "(below", itoa(f.Length), "bytes)")
	}
	if len(words) == 0 {
		return ""
	}
	return " // " + strings.Join(words, " ")
}

package cli

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// A word is a piece of a line between blanks, or between double quotes, where \" and \\ stand for " and \.
type word struct {
	text string
	off  int // byte offset in the line where the word starts, its quote included
}

var (
	errQuote   = errors.New("unterminated \"quoted\" word")
	errControl = errors.New("control character in the line")
	errUTF8    = errors.New("the line is not valid UTF-8")
)

// split cuts a line into words. With an unterminated quote the words so far, the open one included, come with errQuote.
func split(line string) ([]word, error) {
	if !utf8.ValidString(line) {
		return nil, errUTF8
	}
	var words []word
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case isBlank(c):
			i++
		case c < ' ' || c == 0x7f:
			return words, errControl
		case c == '"':
			text, n, closed := unquote(line[i:])
			words = append(words, word{text, i})
			if !closed {
				return words, errQuote
			}
			i += n
		default:
			n := strings.IndexFunc(line[i:], func(r rune) bool { return r <= ' ' || r == 0x7f })
			if n < 0 {
				n = len(line) - i
			}
			words = append(words, word{line[i : i+n], i})
			i += n
		}
	}
	return words, nil
}

// unquote reads the quoted word that s starts with and returns it and the number of bytes it takes.
func unquote(s string) (text string, n int, closed bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), i + 1, true
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), len(s), false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// texts drops the offsets.
func texts(words []word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

// maxEcho bounds how much of the input an error repeats, as in VPP.
const maxEcho = 30

// unknown is VPP's text for input that nothing understands; rest is what was left of the line.
func unknown(path, rest string) error {
	rest = strings.TrimSpace(rest)
	if len(rest) > maxEcho {
		cut := maxEcho
		for cut > 0 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		rest = rest[:cut] + "..."
	}
	if path == "" {
		return errors.New("unknown input `" + rest + "'")
	}
	return errors.New(path + ": unknown input `" + rest + "'")
}

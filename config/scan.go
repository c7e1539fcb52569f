package config

import "strings"

type kind uint8

const (
	isWord  kind = iota
	isOpen       // {
	isClose      // }
)

type token struct {
	kind kind
	text string
	pos  Pos
}

// scanner cuts text into tokens. In text that came as one argument the position stays the argument's.
type scanner struct {
	text   string
	pos    Pos
	isFile bool // lines are counted and # starts a comment
	tokens []token
}

func scan(text string, at Pos, isFile bool) ([]token, error) {
	s := &scanner{text: text, pos: at, isFile: isFile}
	for s.text != "" {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	return s.tokens, nil
}

// step consumes a token, a run of blanks or a comment.
func (s *scanner) step() error {
	switch c := s.text[0]; {
	case isBlank(c):
		s.advance(1)
	case c == '#' && s.isFile:
		s.advance(lineLen(s.text))
	case c == '{':
		s.emit(isOpen, "{", 1)
	case c == '}':
		s.emit(isClose, "}", 1)
	case c == '"':
		return s.quoted()
	default:
		return s.word()
	}
	return nil
}

// word consumes a word up to a blank, a brace or a comment.
func (s *scanner) word() error {
	ends := " \t\r\n\f\v{}\x00"
	if s.isFile {
		ends += "#"
	}
	n := strings.IndexAny(s.text, ends)
	switch {
	case n < 0:
		n = len(s.text)
	case s.text[n] == 0:
		s.advance(n)
		return errorAt(s.pos, "NUL byte: this is not a text file")
	}
	s.emit(isWord, s.text[:n], n)
	return nil
}

// quoted consumes a word in double quotes, which ends on the line it starts on.
func (s *scanner) quoted() error {
	var b strings.Builder
	for i := 1; i < len(s.text); i++ {
		switch c := s.text[i]; c {
		case '"':
			s.emit(isWord, b.String(), i+1)
			return nil
		case 0:
			s.advance(i)
			return errorAt(s.pos, "NUL byte: this is not a text file")
		case '\n':
			return errorAt(s.pos, "the quoted word is not closed on its line")
		case '\\':
			if i+1 < len(s.text) && (s.text[i+1] == '"' || s.text[i+1] == '\\') {
				i++
			}
			b.WriteByte(s.text[i])
		default:
			b.WriteByte(c)
		}
	}
	return errorAt(s.pos, "the quoted word is not closed")
}

func (s *scanner) emit(k kind, text string, n int) {
	s.tokens = append(s.tokens, token{k, text, s.pos})
	s.advance(n)
}

// advance consumes n bytes and counts lines and columns.
func (s *scanner) advance(n int) {
	if s.isFile {
		for i := range n {
			if s.text[i] == '\n' {
				s.pos.Line, s.pos.Column = s.pos.Line+1, 1
			} else {
				s.pos.Column++
			}
		}
	}
	s.text = s.text[n:]
}

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// lineLen is the length of the first line of text without its end.
func lineLen(text string) int {
	if n := strings.IndexByte(text, '\n'); n >= 0 {
		return n
	}
	return len(text)
}

package craft

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Error says what is wrong with a text.
type Error struct {
	At     int    // where, in bytes from the beginning of the text
	Got    string // what is there; "" for the end
	Behind string // what stands before it
	Want   string // what should be there
}

// Error names the word, its place and what was wanted.
func (e *Error) Error() string {
	s := fmt.Sprintf("%q", e.Got)
	if e.Got == "" {
		s = "the end"
	}
	if e.Behind != "" {
		s += fmt.Sprintf(" behind %q", e.Behind)
	}
	return fmt.Sprintf("data: %s (character %d): want %s", s, e.At+1, e.Want)
}

// scanner reads a text from left to right. Blanks separate what would be one word otherwise, and mean nothing else.
type scanner struct {
	text string
	at   int
}

// Bounds of what an error repeats, in bytes.
const (
	maxGot    = 40
	maxBehind = 40
)

// wanted is the error for what comes next.
func (s *scanner) wanted(format string, v ...any) *Error {
	s.blanks()
	got, _, _ := strings.Cut(strings.Map(spaces, s.text[s.at:]), " ")
	behind := strings.Join(strings.Fields(s.text[:s.at]), " ")
	if len(behind) > maxBehind {
		behind = "… " + strings.ToValidUTF8(behind[len(behind)-maxBehind:], "")
	}
	return &Error{At: s.at, Got: strings.ToValidUTF8(got[:min(len(got), maxGot)], "?"), Behind: behind, Want: fmt.Sprintf(format, v...)}
}

func spaces(r rune) rune {
	if r <= ' ' {
		return ' '
	}
	return r
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && s.text[s.at] <= ' ' {
		s.at++
	}
}

// end says that nothing is left.
func (s *scanner) end() bool {
	s.blanks()
	return s.at == len(s.text)
}

// span is the text that comes next as long as its bytes are in set, without taking it.
func (s *scanner) span(in func(c byte) bool) string {
	s.blanks()
	i := s.at
	for i < len(s.text) && in(s.text[i]) {
		i++
	}
	return s.text[s.at:i]
}

func isName(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
}

func isNameOrDash(c byte) bool { return isName(c) || c == '-' }

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isAddress(c byte) bool { return isHex(c) || c == ':' || c == '.' }

// word takes the next word if it is exactly this one.
func (s *scanner) word(w string) bool {
	if s.span(isNameOrDash) != w {
		return false
	}
	s.at += len(w)
	return true
}

// words takes the words one after the other, or none of them.
func (s *scanner) words(list ...string) bool {
	before := s.at
	for _, w := range list {
		if !s.word(w) {
			s.at = before
			return false
		}
	}
	return true
}

// mark takes a mark, as "->".
func (s *scanner) mark(m string) bool {
	s.blanks()
	if !strings.HasPrefix(s.text[s.at:], m) {
		return false
	}
	s.at += len(m)
	return true
}

// order is how the values of a range come.
type order uint8

const (
	fixed order = iota
	increment
	random
)

// values are a field's: lo alone, or those from lo to hi.
type values struct {
	lo, hi uint64
	order  order
}

func only(v uint64) values { return values{lo: v, hi: v} }

// ranged reads a value, and where - or + follows, another one. read takes one value.
func (s *scanner) ranged(read func() (uint64, *Error)) (v values, err *Error) {
	if v.lo, err = read(); err != nil {
		return v, err
	}
	v.hi = v.lo
	s.blanks()
	before := s.at
	switch {
	case strings.HasPrefix(s.text[s.at:], "->"):
		return v, nil
	case s.mark("-"):
		v.order = increment
	case s.mark("+"):
		v.order = random
	default:
		return v, nil
	}
	if v.hi, err = read(); err != nil {
		return v, err
	}
	if v.hi < v.lo {
		s.at = before
		return v, s.wanted("a range whose end is not below its beginning")
	}
	if v.hi == v.lo {
		v.order = fixed
	}
	return v, nil
}

// number reads a number of that many bits, decimal or with 0x, or a range of them.
func (s *scanner) number(what string, bits int) (values, *Error) {
	most := uint64(math.MaxUint64) >> (64 - bits)
	return s.ranged(func() (uint64, *Error) {
		w := s.span(isName)
		n, err := parseNumber(w)
		if err != nil || n > most {
			return 0, s.wanted("%s, a number from 0 to %d", what, most)
		}
		s.at += len(w)
		return n, nil
	})
}

func parseNumber(w string) (uint64, error) {
	if digits, ok := strings.CutPrefix(w, "0x"); ok {
		return strconv.ParseUint(digits, 16, 64)
	}
	return strconv.ParseUint(w, 10, 64)
}

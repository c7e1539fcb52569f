package apigen

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A token's kind is its own text for the language's words and marks; else one of these.
const (
	tokenName    = "a name"
	tokenNumber  = "a number"
	tokenString  = "a string"
	tokenComment = "a comment"
	tokenEnd     = "the end of the file"
)

// words are those that cannot be names.
var words = []string{
	"service", "rpc", "returns", "null", "stream", "events", "define", "typedef", "enum", "enumflag", "typeonly", "manual_print",
	"manual_endian", "dont_trace", "autoreply", "autoendian", "option", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f64",
	"bool", "string", "import", "true", "false", "union", "counters", "paths", "units", "severity", "type", "description",
}

// isWord is the set of words.
var isWord = func() map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}()

// token is a piece of a file.
type token struct {
	kind string
	text string // as in the file; of a string what is between its quotes, of an integer its decimal form
	pos  Pos
	end  int  // line of its last byte
	frac bool // a number with a point
}

// String names the token in errors.
func (t token) String() string {
	switch t.kind {
	case tokenName, tokenNumber:
		return strconv.Quote(t.text)
	case tokenString:
		return "the string " + strconv.Quote(t.text)
	case tokenEnd, tokenComment:
		return t.kind
	}
	return strconv.Quote(t.kind)
}

// lexer cuts a file into tokens. Its source has no \r.
type lexer struct {
	file  string
	src   string
	off   int
	line  int
	start int // offset of the line's first byte
}

func (l *lexer) pos() Pos { return Pos{l.file, l.line, l.off - l.start + 1} }

// next is the next token, comments included. It panics with an *Error where there is none.
func (l *lexer) next() token {
	for l.off < len(l.src) && strings.IndexByte(" \t\n", l.src[l.off]) >= 0 {
		l.advance(1)
	}
	t := token{pos: l.pos()}
	rest := l.src[l.off:]
	n := 0
	switch {
	case rest == "":
		t.kind = tokenEnd
	case strings.HasPrefix(rest, "false"): // the beginning of a longer word, too
		t.kind, t.text, n = "false", "false", len("false")
	case numberLen(rest) > 0:
		n = numberLen(rest)
		t.kind = tokenNumber
		t.text, t.frac = l.number(rest[:n])
	case isLetter(rest[0]):
		n = span(rest, func(c byte) bool { return isLetter(c) || isDigit(c) })
		t.text = rest[:n]
		if t.kind = tokenName; isWord[t.text] {
			t.kind = t.text
		}
	case rest[0] == '"':
		n = l.stringLen(rest)
		t.kind, t.text = tokenString, strings.ReplaceAll(rest[:n], `"`, "")
	case strings.HasPrefix(rest, "//"):
		t.kind = tokenComment
		if n = strings.IndexByte(rest, '\n'); n < 0 {
			n = len(rest)
		}
		t.text = rest[:n]
	case strings.HasPrefix(rest, "/*"):
		n = l.commentLen(rest)
		t.kind, t.text = tokenComment, rest[:n]
	case strings.IndexByte(":{}[];=.,", rest[0]) >= 0:
		t.kind, t.text, n = rest[:1], rest[:1], 1
	default:
		l.fail("no word of the language begins with %s", firstRune(rest))
	}
	l.advance(n)
	t.end = l.line
	return t
}

// advance passes n bytes over.
func (l *lexer) advance(n int) {
	for _, c := range []byte(l.src[l.off : l.off+n]) {
		l.off++
		if c == '\n' {
			l.line++
			l.start = l.off
		}
	}
}

func (l *lexer) fail(format string, a ...any) { panic(errorAt(l.pos(), format, a...)) }

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// span is how many bytes at the beginning of s are in a class.
func span(s string, in func(byte) bool) (n int) {
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// numberLen is the length of the number that s begins with; 0 for none.
func numberLen(s string) int {
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		if n := span(s[2:], isHex); n > 0 {
			return 2 + n
		}
	}
	sign := 0
	if s[0] == '-' {
		sign = 1
	}
	n := span(s[sign:], isDigit)
	if n == 0 {
		return 0
	}
	n += sign
	if n < len(s) && s[n] == '.' {
		n++
		n += span(s[n:], isDigit)
	}
	return n
}

// number is a number's decimal form.
func (l *lexer) number(s string) (text string, frac bool) {
	if len(s) > maxDigits {
		l.fail("a number of %d characters; at most %d are taken", len(s), maxDigits)
	}
	if strings.HasPrefix(s, "0X") {
		l.fail("%s begins with 0X, which vppapigen refuses; write 0x", strconv.Quote(s))
	}
	if strings.Contains(s, ".") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			l.fail("%s: %v", s, err)
		}
		return pythonFloat(f), true
	}
	base, digits := 10, s
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		base, digits = 16, hex
	}
	n, _ := new(big.Int).SetString(digits, base)
	return n.String(), false
}

// stringLen is the length of the string that s begins with, quotes included. A backslash takes the next character along.
func (l *lexer) stringLen(s string) int {
	for i := 1; i < len(s) && s[i] != '\n'; i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			if i++; i < len(s) && s[i] == '\n' {
				l.fail("a string that does not end on its line")
			}
		}
	}
	l.fail("a string that does not end on its line")
	return 0
}

func (l *lexer) commentLen(s string) int {
	n := strings.Index(s[2:], "*/")
	if n < 0 {
		l.fail("a comment that does not end; want */")
	}
	return n + 4
}

func firstRune(s string) string {
	for _, r := range s {
		return strconv.QuoteRune(r)
	}
	return ""
}

// isPythonWord are the names that fields must not have, because Python's clients could not say them.
func isPythonWord(s string) bool { _, found := slices.BinarySearch(pythonWords, s); return found }

var pythonWords = []string{
	"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
	"except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
	"return", "try", "while", "with", "yield",
}

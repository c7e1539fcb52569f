package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// stanza parses the text of one stanza.
func stanza(t testing.TB, text string) *Stanza {
	t.Helper()
	list, err := Parse("startup.conf", []byte(text))
	if err != nil || len(list) != 1 {
		t.Fatalf("%q: %d stanzas, %v", text, len(list), err)
	}
	return &list[0]
}

// cpu is how a user of the package reads a stanza.
type cpu struct {
	mainCore int64
	workers  uint64
	relative bool
	plugins  []string
}

func (c *cpu) read(cur *Cursor) (err error) {
	return cur.Walk(Schema{
		"main-core":        func(cur *Cursor) error { c.mainCore, err = cur.Int(0, 1023); return err },
		"workers":          func(cur *Cursor) error { c.workers, err = cur.Uint(0, 64); return err },
		"corelist-workers": func(cur *Cursor) error { _, err = cur.Str(); return err },
		"relative":         func(*Cursor) error { c.relative = true; return nil },
		"plugin": func(cur *Cursor) error {
			name, err := cur.Str()
			if err != nil {
				return err
			}
			inner, err := cur.Block()
			if err != nil {
				return err
			}
			c.plugins = append(c.plugins, name)
			return inner.Walk(Schema{"enable": func(*Cursor) error { return nil }})
		},
	})
}

func TestWalk(t *testing.T) {
	var c cpu
	err := c.read(stanza(t, "cpu { main-core 1 relative workers 4 plugin a { enable } plugin b { } }").Cursor())
	if err != nil || fmt.Sprint(c) != "{1 4 true [a b]}" {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestWalkErrors(t *testing.T) {
	const known = "known: corelist-workers, main-core, plugin, relative, workers"
	tests := []struct{ text, want string }{
		{"cpu {\n  corez 1 }", `startup.conf:2:3: stanza "cpu": unknown input "corez" (did you mean "corelist-workers"?; ` + known + `)`},
		{"cpu {\n  core 1 }", `startup.conf:2:3: stanza "cpu": unknown input "core" (did you mean "corelist-workers"?; ` + known + `)`},
		{"cpu { wrokers 1 }", `startup.conf:1:7: stanza "cpu": unknown input "wrokers" (did you mean "workers"?; ` + known + `)`},
		{"cpu { workers }", `startup.conf:1:7: stanza "cpu": "workers" wants a number from 0 to 64, got nothing`},
		{"cpu { workers\n65 }", `startup.conf:2:1: stanza "cpu": "workers" wants a number from 0 to 64, got "65": out of range`},
		{"cpu { workers x }", `startup.conf:1:15: stanza "cpu": "workers" wants a number from 0 to 64, got "x": not a whole number`},
		{"cpu { workers { 1 } }", `startup.conf:1:7: stanza "cpu": "workers" wants a number from 0 to 64, got a { block }`},
		{"cpu { workers 1 { 2 } }", `startup.conf:1:15: stanza "cpu": unexpected { block } after "1"`},
		{"cpu { relative { 1 } }", `startup.conf:1:7: stanza "cpu": unexpected { block } after "relative"`},
		{"cpu { plugin x enable }", `startup.conf:1:14: stanza "cpu": "x" wants a { block }`},
		{"cpu { plugin x { enabel } }", `startup.conf:1:18: stanza "cpu", block "x": unknown input "enabel" (did you mean "enable"?; known: enable)`},
		{"cpu word", `startup.conf:1:5: stanza "cpu": unknown input "word" (did you mean "workers"?; ` + known + `)`},
	}
	for _, tt := range tests {
		var c cpu
		if err := c.read(stanza(t, tt.text).Cursor()); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\ngot  %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestUnknownWithoutList(t *testing.T) {
	c := stanza(t, "cpu { x }").Cursor()
	c.Next()
	if err := c.Unknown(); err.Error() != `startup.conf:1:7: stanza "cpu": unknown input "x"` {
		t.Error(err)
	}
}

func TestCursorSteps(t *testing.T) {
	c := stanza(t, "s { a b { } c }").Cursor()
	if w, ok := c.Peek(); w != "a" || !ok || c.Keyword("b") || !c.Keyword("a") || c.Pos().Column != 5 {
		t.Errorf("a: %q %v at %v", w, ok, c.Pos())
	}
	if w, ok := c.Next(); w != "b" || !ok || !c.HasBlock() {
		t.Errorf("b: %q %v %v", w, ok, c.HasBlock())
	}
	if c.Keyword("c") {
		t.Error("Keyword skips a block")
	}
	if w, ok := c.Peek(); w != "{" || !ok {
		t.Errorf("a block that nobody took: %q %v", w, ok)
	}
	if inner, err := c.Block(); err != nil || c.HasBlock() {
		t.Error(err)
	} else if _, ok := inner.Next(); ok {
		t.Error("there is a word in an empty block")
	}
	if _, ok := c.Next(); !ok {
		t.Error("c is missing")
	}
	if _, ok := c.Next(); ok {
		t.Error("a word behind the last")
	}
}

func TestErrorUnwraps(t *testing.T) {
	c := stanza(t, "s { a }").Cursor()
	c.Next()
	cause := errors.New("cause")
	err := c.Errorf("it failed: %w", cause)
	var e *Error
	if !errors.Is(err, cause) || !errors.As(err, &e) || e.Pos != (Pos{"startup.conf", 1, 5}) {
		t.Errorf("got %#v", err)
	}
}

// TestValues reads one value of each kind: what it is, or the end of the error.
func TestValues(t *testing.T) {
	kinds := map[string]func(c *Cursor) (any, error){
		"str":    func(c *Cursor) (any, error) { return c.Str() },
		"one":    func(c *Cursor) (any, error) { return c.OneOf("native", "generic") },
		"int":    func(c *Cursor) (any, error) { return c.Int(-1, 9) },
		"bool":   func(c *Cursor) (any, error) { return c.Bool() },
		"time":   func(c *Cursor) (any, error) { return c.Duration(time.Second, time.Hour) },
		"size":   func(c *Cursor) (any, error) { return c.Size(0, math.MaxUint64) },
		"small":  func(c *Cursor) (any, error) { return c.Size(1024, 4096) },
		"addr":   func(c *Cursor) (any, error) { return c.Addr() },
		"prefix": func(c *Cursor) (any, error) { return c.Prefix() },
	}
	tests := []struct{ kind, word, want, err string }{
		{"str", `"a b"`, "a b", ""},
		{"str", "", "", "wants a word, got nothing"},
		{"one", "generic", "generic", ""},
		{"one", "fast", "", `wants one of native, generic, got "fast": none of them`},
		{"int", "-1", "-1", ""},
		{"int", "99999999999999999999", "", "out of range"},
		{"bool", "on", "true", ""},
		{"bool", "no", "false", ""},
		{"bool", "maybe", "", `wants on or off, got "maybe": neither`},
		{"time", "1.5", "1.5s", ""},
		{"time", "2m", "2m0s", ""},
		{"time", "0", "", `wants seconds from 1 to 3600, got "0": out of range`},
		{"time", "1e3", "", "not a number of seconds"},
		{"time", "99999999999999", "", "out of range"},
		{"size", "4096", "4096", ""},
		{"size", "64k", "65536", ""},
		{"size", "32M", "33554432", ""},
		{"size", "1gb", "1073741824", ""},
		{"size", "2t", "2199023255552", ""},
		{"size", "99999999t", "", "out of range"},
		{"size", "99999999999999999999", "", "out of range"},
		{"size", "m", "", "not a number with k, m, g, t or nothing behind it"},
		{"size", "b", "", "not a number with k, m, g, t or nothing behind it"},
		{"size", "-1", "", "not a number with k, m, g, t or nothing behind it"},
		{"small", "8k", "", `wants a size from 1024 to 4096 bytes, got "8k": out of range`},
		{"addr", "::1", "::1", ""},
		{"addr", "::1%lo", "", "not an IPv4 or IPv6 address"},
		{"prefix", "10.0.0.1/24", "10.0.0.1/24", ""},
		{"prefix", "10.0.0.1", "10.0.0.1/32", ""},
		{"prefix", "10.0.0.1/33", "", "not ADDRESS/LENGTH or an address, IPv4 or IPv6"},
	}
	for _, tt := range tests {
		c := stanza(t, "s { option "+tt.word+" }").Cursor()
		c.Next()
		got, err := kinds[tt.kind](c)
		switch {
		case tt.err != "" && (err == nil || !strings.HasSuffix(err.Error(), tt.err) || !strings.Contains(err.Error(), `"option" wants`)):
			t.Errorf("%s %q: error %v, want … %s", tt.kind, tt.word, err, tt.err)
		case tt.err == "" && (err != nil || fmt.Sprint(got) != tt.want):
			t.Errorf("%s %q: got %v, %v; want %s", tt.kind, tt.word, got, err, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {strings.Repeat("x", 65), "x", maxDistanceWord}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

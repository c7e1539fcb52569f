package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump writes stanzas with their positions, a line for each word.
func dump(list []Stanza) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%v %s\n", s.Pos, s.Name)
		dumpEntries(&b, s.Body, "  ")
	}
	return b.String()
}

func dumpEntries(b *strings.Builder, body []Entry, indent string) {
	for _, e := range body {
		block := ""
		if e.HasBlock {
			block = " {}"
		}
		fmt.Fprintf(b, "%v%s%s%s\n", e.Pos, indent, e.Word, block)
		dumpEntries(b, e.Block, indent+"  ")
	}
}

// TestParseFile parses a file with all there is in the syntax and compares words and positions.
func TestParseFile(t *testing.T) {
	text, err := os.ReadFile("testdata/startup.conf")
	if err != nil {
		t.Fatal(err)
	}
	list, err := Parse("startup.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "startup.golden")
	got := dump(list)
	if *update {
		os.WriteFile(path, []byte(got), 0o644)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{" \t\r\n\f\v# nothing", ""},
		{"unix{nodaemon}", "f:1:1 unix\nf:1:6  nodaemon\n"},
		{"unix {}", "f:1:1 unix\n"},
		{"plugin_path /usr/lib", "f:1:1 plugin_path\nf:1:13  /usr/lib\n"},
		{"a { b# x }\nc }", "f:1:1 a\nf:1:5  b\nf:2:1  c\n"},
		{"a x b y a { z }", "f:1:1 a\nf:1:3  x\nf:1:13  z\nf:1:5 b\nf:1:7  y\n"},
		{`a { "x {#} \"y\" \\ \z" }`, `f:1:1 a` + "\n" + `f:1:5  x {#} "y" \ \z` + "\n"},
		{`a { x"y" "" }`, "f:1:1 a\nf:1:5  x\"y\"\nf:1:10  \n"},
		{"a { b { c { } } d }", "f:1:1 a\nf:1:5  b {}\nf:1:9    c {}\nf:1:17  d\n"},
	}
	for _, tt := range tests {
		list, err := Parse("f", []byte(tt.text))
		if got := dump(list); err != nil || got != tt.want {
			t.Errorf("%q: got %v\n%s\nwant:\n%s", tt.text, err, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"unix", `f:1:1: stanza "unix" has no value: write unix { … } or unix WORD`},
		{"unix }", `f:1:1: stanza "unix" has no value: write unix { … } or unix WORD`},
		{"unix {\n nodaemon", `f:1:6: the block of "unix" is not closed: a } is missing`},
		{"a {\n b {\n }", `f:1:3: the block of "a" is not closed: a } is missing`},
		{"a { b {", `f:1:7: the block of "b" is not closed: a } is missing`},
		{"a { }\n}", `f:2:1: unbalanced }: no block is open here`},
		{"{ a }", `f:1:1: a block needs a name before its {`},
		{"a { { b } }", `f:1:5: a block needs a word before its {`},
		{"a { b { } { } }", `f:1:11: a block needs a word before its {`},
		{"a {\n b\x00 }", `f:2:3: NUL byte: this is not a text file`},
		{"\x00", `f:1:1: NUL byte: this is not a text file`},
		{"a \"\x00\"", `f:1:4: NUL byte: this is not a text file`},
		{`a { "b }`, `f:1:5: the quoted word is not closed`},
		{"a { \"b\n\" }", `f:1:5: the quoted word is not closed on its line`},
		{`a { "b\`, `f:1:5: the quoted word is not closed`},
		{`"" { }`, `f:1:1: the name of a stanza is empty`},
		{"a " + strings.Repeat("{ b ", maxDepth+1), `f:1:131: blocks are nested more than 32 deep`},
		{strings.Repeat("#", maxText+1), `f:1:1: the configuration has 262145 bytes, the limit is 262144`},
	}
	for _, tt := range tests {
		if _, err := Parse("f", []byte(tt.text)); err == nil || err.Error() != tt.want {
			t.Errorf("%.40q: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestParseArgs(t *testing.T) {
	const want = "command line: word 1 unix\ncommand line: word 3  nodaemon\ncommand line: word 4  cli-prompt\n" +
		"command line: word 4  vpp#\ncommand line: word 6 cpu\ncommand line: word 6  workers\ncommand line: word 6  2\n"
	list, err := ParseArgs([]string{"unix", "{", "nodaemon", "cli-prompt vpp#", "}", "cpu { workers 2 }"})
	if got := dump(list); err != nil || got != want {
		t.Errorf("got %v\n%s\nwant:\n%s", err, got, want)
	}
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"unix", "{"}, `command line: word 2: the block of "unix" is not closed: a } is missing`},
		{[]string{"a", "\x00"}, `command line: word 2: NUL byte: this is not a text file`},
		{[]string{"a", strings.Repeat("x", maxText)}, `command line: word 2: the configuration is longer than 262144 bytes`},
	} {
		if _, err := ParseArgs(tt.words); err == nil || err.Error() != tt.want {
			t.Errorf("%.40q: got %v, want %s", tt.words, err, tt.want)
		}
	}
}

// TestMergeKeepsItsInput joins lists and appends to the result without touching what it was made of.
func TestMergeKeepsItsInput(t *testing.T) {
	file, _ := Parse("f", []byte("cpu { workers 1 } unix { nodaemon }"))
	args, _ := ParseArgs([]string{"cpu { workers 2 } node x"})
	const want = "f:1:1 cpu\nf:1:7  workers\nf:1:15  1\ncommand line: word 1  workers\ncommand line: word 1  2\n" +
		"f:1:19 unix\nf:1:26  nodaemon\ncommand line: word 1 node\ncommand line: word 1  x\n"
	if got := dump(Merge(file, args)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if len(file[0].Body) != 2 || len(args[0].Body) != 2 {
		t.Errorf("Merge has changed its input: %v %v", file, args)
	}
}

func TestKnownVPP(t *testing.T) {
	for name, want := range map[string]bool{"unix": true, "api-trace": true, "physmem": true, "flowtrack": false, "": false} {
		if KnownVPP(name) != want {
			t.Errorf("%q: got %v", name, !want)
		}
	}
	if len(vppStanzas) != 59 {
		t.Errorf("%d names, VPP has 59", len(vppStanzas))
	}
}

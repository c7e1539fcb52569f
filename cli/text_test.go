package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestRunText(t *testing.T) {
	tree := testTree(t)
	tests := []struct{ text, want, err string }{
		{"show errors", "show errors []\n", ""},
		{"sh err\nsh tr\r\n\n# x\nsh int 1\n", "show errors []\nshow trace []\nshow int [1]\n", ""},
		{"sh err\nfoo\nsh tr\n", "show errors []\nunknown input `foo'\n", "unknown input `foo'"},
		{"fail", "fail: it failed: try again\n", "fail: it failed: try again"},
		{"boom", "boom: internal error, please report it: broken invariant\n", "boom: internal error, please report it: broken invariant"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if out, err := tree.RunText(t.Context(), tt.text); out != tt.want || errText(err) != tt.err {
			t.Errorf("%q: got %q, %v; want %q, %q", tt.text, out, err, tt.want, tt.err)
		}
	}
}

// TestRunTextBounded cuts what a command writes without an end, and ends the command.
func TestRunTextBounded(t *testing.T) {
	tree := testTree(t)
	tree.Add("flood", "", "", func(c *Call) error {
		for c.Context.Err() == nil {
			c.Printf("abc")
		}
		return nil
	})
	out, err := tree.runText(t.Context(), "sh tr\nflood\nsh tr", 100)
	want := "show trace []\n" + strings.Repeat("abc", 28) + "ab\n" + fmt.Sprintln(err)
	if !errors.Is(err, errFull) || out != want {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
}

// What clients of other sockets have named does not reach a terminal as it is.
func TestControlCharactersAreNotPrinted(t *testing.T) {
	tree := new(Tree)
	tag := "a\x1b[2Jb\tc\x7f\r"
	tree.Add("show tag", "", "", func(c *Call) error {
		c.Printf("%s\n", tag)
		return c.Show(tag, func(w io.Writer) { fmt.Fprintln(w, tag) })
	})
	tree.Add("each tag", "", "", func(c *Call) error { return c.Item(tag, func(w io.Writer) { fmt.Fprintln(w, tag) }) })
	const clean = "a?[2Jb\tc??\n"
	for line, want := range map[string]string{"show tag": clean + clean, "each tag": clean} {
		if out, err := tree.RunText(t.Context(), line); err != nil || out != want {
			t.Errorf("%s: %q, %v", line, out, err)
		}
	}
}

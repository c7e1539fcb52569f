package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "history")
	h := openHistory(path)
	for _, line := range []string{"show errors", "", " show errors ", "two\nlines", "show trace"} {
		h.add(line)
	}
	for _, h := range []*history{h, openHistory(path)} {
		if h.len() != 2 || h.at(0) != "show trace" || h.at(1) != "show errors" {
			t.Errorf("got %q", h.lines)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := openHistory(path)
	for i := range 2*maxHistory + 1 {
		h.add(fmt.Sprint("line ", i))
	}
	if h.len() != maxHistory || h.at(0) != fmt.Sprint("line ", 2*maxHistory) {
		t.Errorf("%d lines, the newest %q", h.len(), h.at(0))
	}
	h = openHistory(path) // writes the file anew
	text, err := os.ReadFile(path)
	if n := strings.Count(string(text), "\n"); err != nil || n != maxHistory || h.len() != maxHistory {
		t.Errorf("%d lines in the file, %v", n, err)
	}
}

func TestContinuation(t *testing.T) {
	for _, tt := range []struct{ line, list, want string }{
		{"sh", "show", "ow "},
		{"show i", "int interface", "nt"},
		{"show ", "errors trace", ""},
		{"show errors", "errors", " "},
		{"x", "", ""},
		{"", "é è", ""}, // half a letter is no continuation
		{`show "e`, "eth0 eth1", "th"},
	} {
		if got := continuation(tt.line, strings.Fields(tt.list)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

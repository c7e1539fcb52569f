package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// maxHistory is how many lines a history in a file keeps. The file may grow to twice that before it is written anew.
const maxHistory = 1000

// history is the lines typed before, in a file if it has one. What cannot be read or written is not kept: a history is not
// worth an error.
type history struct {
	path  string
	max   int      // lines
	lines []string // oldest first
	count int      // of all lines ever added
}

func openHistory(path string) *history {
	h := &history{path: path, max: maxHistory}
	if path == "" {
		return h
	}
	text, _ := os.ReadFile(path)
	h.lines = strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	if len(h.lines) > 2*maxHistory {
		h.trim()
		os.WriteFile(path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
	}
	h.trim()
	return h
}

func (h *history) trim() { h.lines = h.lines[max(0, len(h.lines)-h.max):] }

// add keeps a line, unless it is empty or the same as the one before.
func (h *history) add(line string) {
	line = strings.TrimSpace(line)
	if line == "" || strings.Contains(line, "\n") || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.count++
	h.trim()
	if h.path == "" {
		return
	}
	os.MkdirAll(filepath.Dir(h.path), 0o700)
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	f.WriteString(line + "\n")
	f.Close()
}

func (h *history) len() int { return len(h.lines) }

// at returns a line, the newest being 0.
func (h *history) at(i int) string { return h.lines[len(h.lines)-1-i] }

package cli

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Handler runs one command. The error it returns is shown to whoever gave the command; it names value, cause and remedy.
type Handler func(c *Call) error

// Tree holds commands by their words. The zero value is empty and ready. Any goroutine may use it; commands are added
// before it is served.
type Tree struct {
	mu   sync.RWMutex
	root node // locked

	macros macros
}

// A node is one word of one or more command paths; it may be a command and lead to longer ones ("show acl" and
// "show acl rules").
type node struct {
	path     string   // the words so far, "" at the root
	names    []string // of the children, sorted
	children map[string]*node
	cmd      *command
}

type command struct {
	path, usage, help string
	run               Handler
	complete          func(args []string) []string
}

// reserved are the first words that the tree and the sessions keep for themselves.
var reserved = []string{"help", "?", "comment", "quit", "exit", "q"}

// Add adds the command with the given path, "classify add rule". Usage shows the whole line with its arguments ("classify
// add rule IF [in|out] …"), empty for a command without any; help is one line. A path added twice is an error.
func (t *Tree) Add(path, usage, help string, h Handler) error {
	words := strings.Fields(path)
	if err := checkPath(path, words); err != nil {
		return err
	}
	if h == nil {
		return fmt.Errorf("cli: command %q has no handler", path)
	}
	if usage == "" {
		usage = path
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &t.root
	for _, w := range words {
		n = n.child(w)
	}
	if n.cmd != nil {
		return fmt.Errorf("cli: command %q is added twice", path)
	}
	n.cmd = &command{path: path, usage: usage, help: help, run: h}
	return nil
}

func checkPath(path string, words []string) error {
	switch {
	case len(words) == 0:
		return fmt.Errorf("cli: a command needs at least one word, got %q", path)
	case strings.Join(words, " ") != path:
		return fmt.Errorf("cli: command path %q: want words with single spaces between them", path)
	case slices.Contains(reserved, words[0]):
		return fmt.Errorf("cli: command path %q: %q is reserved", path, words[0])
	}
	for _, w := range words {
		if strings.ContainsAny(w, "\"#?\x00\x7f") {
			return fmt.Errorf("cli: command path %q: a word of a command cannot hold \", # or ?", path)
		}
	}
	return nil
}

// SetCompleter gives the command at path a function that proposes arguments: args are the words after the path, the last
// of them the unfinished one ("" after a blank). It may return more than what fits; the tree filters.
func (t *Tree) SetCompleter(path string, f func(args []string) []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &t.root
	for _, w := range strings.Fields(path) {
		if n = n.children[w]; n == nil {
			break
		}
	}
	if n == nil || n.cmd == nil {
		return fmt.Errorf("cli: completer for %q: no such command", path)
	}
	n.cmd.complete = f
	return nil
}

// child returns the child of that name and makes it where there is none.
func (n *node) child(name string) *node {
	if c := n.children[name]; c != nil {
		return c
	}
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	c := &node{path: strings.TrimLeft(n.path+" "+name, " ")}
	n.children[name] = c
	i, _ := slices.BinarySearch(n.names, name)
	n.names = slices.Insert(n.names, i, name)
	return c
}

// match returns the names of the children that w may stand for: itself if it is one, else all that it is a prefix of.
func (n *node) match(w string) []string {
	if n.children[w] != nil {
		return []string{w}
	}
	return n.withPrefix(w)
}

func (n *node) withPrefix(prefix string) []string {
	i, _ := slices.BinarySearch(n.names, prefix)
	j := i
	for j < len(n.names) && strings.HasPrefix(n.names[j], prefix) {
		j++
	}
	return n.names[i:j]
}

// find walks down as many words as name a node and returns that node and how many words it took.
func (t *Tree) find(words []word) (*node, int, error) {
	n := &t.root
	for i, w := range words {
		if w.text == "" {
			return n, i, nil // "" would be a prefix of everything
		}
		switch m := n.match(w.text); len(m) {
		case 0:
			return n, i, nil
		case 1:
			n = n.children[m[0]]
		default:
			what := strings.TrimLeft(n.path+" "+w.text, " ")
			return nil, i, fmt.Errorf("ambiguous input `%s': could be %s", what, strings.Join(m, ", "))
		}
	}
	return n, len(words), nil
}

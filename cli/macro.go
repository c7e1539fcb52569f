package cli

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// macros are the words that $(NAME) in a line stands for. They are the tree's: whoever defines one defines it for all.
type macros struct {
	mu     sync.Mutex
	values map[string]string // locked
}

const (
	maxMacros     = 256
	maxMacroName  = 64   // bytes
	maxMacroValue = 4096 // bytes
	maxMacroDepth = 8    // of macros whose values use macros
)

// expand returns the line with the values of its macros in their places.
func (m *macros) expand(line string) (string, error) {
	if !strings.Contains(line, "$(") {
		return line, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	if err := m.expandTo(&b, line, 0); err != nil {
		return "", err
	}
	return b.String(), nil
}

func (m *macros) expandTo(b *strings.Builder, text string, depth int) error {
	for {
		before, rest, found := strings.Cut(text, "$(")
		name, after, closed := strings.Cut(rest, ")")
		if !found || !closed {
			b.WriteString(text)
			return nil
		}
		value, known := m.values[name]
		if name == "hostname" && !known {
			value, _ = os.Hostname()
			known = value != ""
		}
		switch {
		case !known:
			return fmt.Errorf("macro $(%.*s) is not defined: define NAME VALUE, or see show macro", maxMacroName, name)
		case depth == maxMacroDepth:
			return fmt.Errorf("macro $(%s): macros use macros more than %d deep: does it use itself?", name, maxMacroDepth)
		}
		b.WriteString(before)
		if err := m.expandTo(b, value, depth+1); err != nil {
			return err
		}
		if b.Len() > maxLine {
			return fmt.Errorf("macro $(%s): the line becomes longer than %d bytes", name, maxLine)
		}
		text = after
	}
}

// define is the command.
func (m *macros) define(c *Call) error {
	name, err := c.Args.Word("a name")
	if err != nil {
		return err
	}
	value := c.Args.text()
	m.mu.Lock()
	defer m.mu.Unlock()
	switch _, known := m.values[name]; {
	case value == "":
		return c.Args.Errorf("%q: expected a value, got end of line", name)
	case len(name) > maxMacroName || strings.ContainsAny(name, "$()\"\\"):
		return c.Args.Errorf("%q: want a name of up to %d bytes without $, brackets, quotes and \\", name, maxMacroName)
	case len(value) > maxMacroValue:
		return c.Args.Errorf("%q: a value of %d bytes is too long: the limit is %d", name, len(value), maxMacroValue)
	case len(m.values) >= maxMacros && !known:
		return c.Args.Errorf("%q: there are %d macros, which is the limit: undefine one", name, maxMacros)
	}
	if m.values == nil {
		m.values = make(map[string]string)
	}
	m.values[name] = value
	return nil
}

// undefine is the command.
func (m *macros) undefine(c *Call) error {
	name, err := c.Args.Word("a name")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.values[name]; !known {
		return c.Args.Errorf("%q is not defined", name)
	}
	delete(m.values, name)
	return nil
}

// names returns what is defined.
func (m *macros) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.values))
}

// show is the command.
func (m *macros) show(c *Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	m.mu.Lock()
	values := maps.Clone(m.values)
	m.mu.Unlock()
	if values == nil {
		values = map[string]string{}
	}
	return c.Show(values, func(w io.Writer) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(w, "  %-20s %s\n", name, values[name])
		}
	})
}

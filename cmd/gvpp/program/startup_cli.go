package program

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/config"
)

// banner is what a terminal shows first.
func banner() string {
	return fmt.Sprintf("\n  %v\n  help or ? lists commands, Tab completes, q leaves.\n\n", gvpp.ProgramVersion())
}

// maxHistoryLimit bounds what a session of the CLI may remember, in lines.
const maxHistoryLimit = 1000

// terminalSchema is the words of the unix stanza that say how the CLI looks on a terminal.
func (s *startup) terminalSchema() config.Schema {
	noBanner := func(*config.Cursor) error { s.cli.Banner = ""; return nil }
	return config.Schema{
		"nobanner":               noBanner,
		"cli-no-banner":          noBanner,
		"cli-no-pager":           func(*config.Cursor) error { s.cli.NoPager = true; return nil },
		"cli-line-mode":          func(*config.Cursor) error { s.cli.LineMode = true; return nil },
		"cli-history-limit":      orNone(&s.cli.HistoryLimit, maxHistoryLimit),
		"cli-pager-buffer-limit": orNone(&s.cli.PagerLimit, 1e6),
		"cli-prompt": func(c *config.Cursor) error {
			prompt, err := c.Str()
			if strings.ContainsFunc(prompt, func(r rune) bool { return r < ' ' }) || len(prompt) > 64 {
				return c.Errorf("cli-prompt %q: want up to 64 bytes, and no control characters", prompt)
			}
			s.cli.Prompt = strings.TrimRight(prompt, " ") + " "
			return err
		},
	}
}

// orNone takes a number; 0 becomes -1, none, where the zero value means the default.
func orNone(to *int, most int64) func(*config.Cursor) error {
	return func(c *config.Cursor) error {
		n, err := c.Int(0, most)
		if *to = int(n); n == 0 {
			*to = -1
		}
		return err
	}
}

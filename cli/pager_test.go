package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// manyLines adds a command that writes numbered lines.
func manyLines(cfg *ServerConfig) {
	cfg.Tree.Add("many", "", "", func(c *Call) error {
		n, err := c.Args.Int("a number", 0, 1e6)
		if err != nil {
			return err
		}
		return c.Show(nil, func(w io.Writer) {
			for i := range n {
				fmt.Fprintf(w, "line %d\n", i+1)
			}
		})
	})
}

func TestPager(t *testing.T) {
	v := openTerminal(t, serve(t, manyLines), "xterm", 40, 5)
	v.await("gvpp# ")
	v.keys("many 4\r")
	v.await("line 1", "line 2", "line 3", "line 4", "gvpp# ")
	v.keys("many 20\r")
	v.await("line 1", "line 2", "line 3", "line 4", "-- more -- (1-4/20)")
	for _, tt := range []struct{ keys, want string }{
		{" ", "line 5\nline 6\nline 7\nline 8\n-- more -- (5-8/20)"},
		{"\r", "line 6\nline 7\nline 8\nline 9\n-- more -- (6-9/20)"},
		{"\x1b[B\x1b[A\x1b[A", "line 5\nline 6\nline 7\nline 8\n-- more -- (5-8/20)"},
		{"\x1b[5~", "line 1\nline 2\nline 3\nline 4\n-- more -- (1-4/20)"},
		{"\x1b[5~\x1b[A\x1b[Hx?", "line 1\nline 2\nline 3\nline 4\n-- more -- (1-4/20)"},
		{"\x1b[F", "line 17\nline 18\nline 19\nline 20\n-- more -- (17-20/20)"},
		{"\x1b[6~\x1b[B", "line 17\nline 18\nline 19\nline 20\n-- more -- (17-20/20)"},
		{"g", "line 1\nline 2\nline 3\nline 4\n-- more -- (1-4/20)"},
		{"\x0c", "line 1\nline 2\nline 3\nline 4\n-- more -- (1-4/20)"},
		{"    ", "line 17\nline 18\nline 19\nline 20\n-- more -- (17-20/20)"},
		{" ", "line 17\nline 18\nline 19\nline 20\ngvpp# "},
	} {
		v.keys(tt.keys)
		v.await(strings.Split(tt.want, "\n")...)
	}
	for _, quit := range []string{"q", "\x03", "\x04", "G\r"} {
		v.keys("many 20\r")
		v.await("line 4", "-- more -- (1-4/20)")
		v.keys(quit)
		v.await("gvpp# ")
	}
}

// TestPagerResize keeps the same text on top when the window changes, and cuts long lines anew.
func TestPagerResize(t *testing.T) {
	line := func(n int) string { return strings.Repeat(fmt.Sprint(n), 60) }
	path := serve(t, func(cfg *ServerConfig) {
		cfg.Tree.Add("long", "", "", func(c *Call) error {
			for i := range 9 {
				c.Printf("%s", line(i+1))
			}
			return nil
		})
	})
	v := openTerminal(t, path, "xterm", 60, 5)
	v.await("gvpp# ")
	v.keys("long\r")
	v.await(line(3), line(4), "-- more -- (1-4/9)")
	v.keys(" ")
	v.await(line(5), line(6), line(7), line(8), "-- more -- (5-8/9)")
	v.size(30, 4)
	v.await(line(5)[:30], line(5)[:30], line(6)[:30], "-- more -- (9-11/18)")
	v.size(120, 3)
	v.await(line(5)+line(6), line(7)+line(8), "-- more -- (3-4/5)")
	v.size(120, 20)
	v.await(line(9), "-- more -- (1-5/5)")
	v.keys(" show err\r")
	v.await("gvpp# show err", "show errors []", "gvpp# ")
}

func TestPagerOverflow(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) { manyLines(cfg); cfg.PagerLimit = 50 })
	v := openTerminal(t, path, "xterm", 40, 5)
	v.await("gvpp# ")
	v.keys("many 60\r")
	v.await("line 58", "line 59", "line 60", "-- pager buffer overflowed --", "gvpp# ")
	v.keys("many 50\r")
	v.await("line 4", "-- more -- (1-4/50)")
	v.keys("q")
	for i := range 60 {
		if line := fmt.Sprintf("line %d\r\n", i+1); !strings.Contains(string(v.raw), line) {
			t.Errorf("%q is missing", line)
		}
	}
}

func TestNoPager(t *testing.T) {
	for name, edit := range map[string]func(*ServerConfig){
		"off":      func(cfg *ServerConfig) { cfg.NoPager = true },
		"no limit": func(cfg *ServerConfig) { cfg.PagerLimit = -1 },
	} {
		v := openTerminal(t, serve(t, func(cfg *ServerConfig) { manyLines(cfg); edit(cfg) }), "xterm", 40, 5)
		v.await("gvpp# ")
		v.keys("many 60\r")
		v.await("line 59", "line 60", "gvpp# ")
		if strings.Contains(string(v.raw), "more") {
			t.Errorf("%s: %q", name, v.raw)
		}
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// basicTree is the test tree with the basic commands, but for its own wait.
func basicTree(t testing.TB) *Tree {
	t.Helper()
	tree := new(Tree)
	if err := tree.AddBasics(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"show errors", "fail"} {
		h := func(c *Call) error { c.Printf("%s [%s]\n", c.Path, c.Args.text()); return nil }
		if path == "fail" {
			h = func(*Call) error { return errors.New("fail: it failed") }
		}
		if err := tree.Add(path, "", "", h); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestBasics(t *testing.T) {
	tree := basicTree(t)
	script := filepath.Join(t.TempDir(), "script")
	os.WriteFile(script, []byte("# a script\nsh err {\n  a 1\n# not this }\n  b { c }\n}\necho $(x)\n\nfail\necho no\n"), 0o600)
	half := filepath.Join(t.TempDir(), "half")
	os.WriteFile(half, []byte("echo 1\necho {\necho 2"), 0o600)
	setup := filepath.Join(t.TempDir(), "setup.pg")
	os.WriteFile(setup, []byte("\ncomment { one line w/ words }\nset term page off\ncomment { more than one, {with}\n# a } of its own: { \n \"a quote }\nsh err {\n  a {\n    b\n  }\n}\n"), 0o600)
	tests := []struct{ line, want, err string }{
		{"echo  a \"b\"  c ", "a \"b\"  c\n", ""},
		{"echo", "\n", ""},
		{"wait 0.001", "waited 0.001 sec.\n", ""},
		{"wait -1", "", `wait: expected a time (seconds, from 0.001 to 86400), got "-1": out of range`},
		{"echo $(x)", "", "macro $(x) is not defined: define NAME VALUE, or see show macro"},
		{"define x  1 \"2\" ", "", ""},
		{"echo <$(x)$(x)>$(", "<1 \"2\"1 \"2\">$(\n", ""},
		{"define y a$(x)", "", ""},
		{"undefine x", "", ""},
		{"undefine x", "", `undefine: "x" is not defined`},
		{"echo $(y)", "a1 \"2\"\n", ""},
		{"define x $(z)", "", "macro $(z) is not defined: define NAME VALUE, or see show macro"},
		{"define x", "", `define: "x": expected a value, got end of line`},
		{"define x$ 1", "", `define: "x$": want a name of up to 64 bytes without $, brackets, quotes and \`},
		{"define x " + strings.Repeat("v", maxMacroValue+1), "", `define: "x": a value of 4097 bytes is too long: the limit is 4096`},
		{"define x sh err", "", ""},
		{"show macro", "  x                    sh err\n  y                    a1 \"2\"\n", ""},
		{"$(x) 7", "show errors [7]\n", ""},
		{"exec " + script, "show errors [{\n  a 1\n  b { c }\n}]\nsh err\n", script + ":9: fail: it failed"},
		{"exec " + setup, "show errors [{\n  a {\n    b\n  }\n}]\n", ""},
		{"set term page off", "", ""}, // no terminal: nothing to set
		{"set terminal pager limit 5", "", ""},
		{"set terminal history off", "", ""},
		{"set terminal ansi on", "", ""},
		{"set term page of", "", `set terminal pager: expected a setting (on, off, limit), got "of"`},
		{"set term ansi off 1", "", "set terminal ansi: unknown input `1'"},
		{"show terminal", "", "show terminal: this session has no terminal: it is for a vppctl that was given no command"},
		{"exec " + half, "1\n", half + ":2: the { is not closed"},
		{"exec " + script + "x", "", "exec: open " + script + "x: no such file or directory"},
		{"exec /dev/zero", "", `exec: "/dev/zero" is not a regular file`},
		{"history", "", "history: this session has no terminal: it is for a vppctl that was given no command"},
		{"show cli-sessions", "", "show cli-sessions: this does not come from the CLI socket"},
	}
	for _, tt := range tests {
		var out strings.Builder
		err := tree.Run(t.Context(), tt.line, false, &out)
		if out.String() != tt.want || errText(err) != tt.err {
			t.Errorf("%.60q: got %q, error %q; want %q, error %q", tt.line, out.String(), errText(err), tt.want, tt.err)
		}
	}
}

// TestMacroBounds: macros that use themselves, directly or by others, or grow without end, are errors.
func TestMacroBounds(t *testing.T) {
	m := macros{values: map[string]string{"a": "$(b)", "b": "x$(a)", "c": strings.Repeat("$(d)", 1000), "d": strings.Repeat("$(e)", 1000), "e": strings.Repeat("e", 1000)}}
	for line, want := range map[string]string{
		"$(a)": "more than 8 deep",
		"$(c)": "the line becomes longer than 65536 bytes",
	} {
		if _, err := m.expand(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
	host, err := os.Hostname()
	if got, err2 := m.expand("$(hostname)"); got != host || errors.Join(err, err2) != nil {
		t.Errorf("got %q, %v; want %q, %v", got, err2, host, err)
	}
}

func TestMacrosBoundedInNumber(t *testing.T) {
	tree := basicTree(t)
	for i := range 2 * maxMacros {
		err := tree.Run(t.Context(), fmt.Sprintf("define a%d v", i), false, io.Discard)
		if full := err != nil && strings.Contains(err.Error(), "256 macros, which is the limit"); full != (i >= maxMacros) {
			t.Fatalf("macro %d: %v", i, err)
		}
	}
	if n := len(tree.macros.values); n != maxMacros {
		t.Errorf("%d macros, want %d", n, maxMacros)
	}
}

func TestWaitCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := basicTree(t).Run(ctx, "wait 3600", false, io.Discard); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSessionCommands changes the session from within.
func TestSessionCommands(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) { cfg.Tree = basicTree(t); manyLines(cfg) })
	v := openTerminal(t, path, "xterm-256color", 70, 30)
	v.await("gvpp# ")
	v.keys("echo 1\rhistory\r")
	v.await("gvpp# history", "1  echo 1", "2  history", "gvpp# ")
	v.keys("set terminal history limit 2\rhistory\r")
	v.await("gvpp# history", "3  set terminal history limit 2", "4  history", "gvpp# ")
	v.keys("set terminal history off\rset term hist x\rhistory\r")
	v.await("set terminal history: expected a setting (on, off, limit), got \"x\"", "gvpp# history", "gvpp# ")
	v.keys("set terminal pager off\rmany 40\r")
	v.await("line 40", "gvpp# ")
	v.keys("set terminal pager on\rmany 40\r")
	v.await("line 29", "-- more -- (1-29/40)")
	v.keys("qset terminal pager limit 30\rmany 40\r")
	v.await("line 40", "-- pager buffer overflowed --", "gvpp# ")
	v.keys("set terminal ansi off\rshow terminal\r")
	v.await("Terminal type:   xterm-256color", "Terminal mode:   char-by-char", "Terminal width:  70", "Terminal height: 30",
		"ANSI capable:    no", "History enabled: no", "History limit:   0", "Pager enabled:   yes", "Pager limit:     30", "gvpp# ")
	v.keys("show cli-sessions\r")
	v.await("ID  Kind      Terminal        Uptime", "1   terminal  xterm-256color  0 s     this one", "gvpp# ")
}

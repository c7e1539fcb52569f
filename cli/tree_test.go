package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

// testTree has commands that echo their arguments, and a few that misbehave.
func testTree(t testing.TB) *Tree {
	t.Helper()
	tree := new(Tree)
	echo := func(c *Call) error {
		args := c.Args.Rest()
		return c.Show(args, func(w io.Writer) { fmt.Fprintln(w, c.Path, args) })
	}
	add := func(path, usage, help string, h Handler) {
		t.Helper()
		if err := tree.Add(path, usage, help, h); err != nil {
			t.Fatal(err)
		}
	}
	add("show errors", "show errors [NODE]", "Error counters of all nodes, or of one", echo)
	add("show interface", "show interface [IF]", "Interfaces and their counters", echo)
	add("show interface rx-placement", "", "Which worker polls which queue", echo)
	add("show int", "", "A word that another one starts with", echo)
	add("show trace", "", "Traced packets", echo)
	add("classify add rule", "classify add rule IF [in|out] MATCH ACTION", "Add a rule", echo)
	add("classify delete rule", "classify delete rule IF NUMBER", "Delete a rule", echo)
	add("set interface state", "set interface state IF up|down", "Set an interface up or down", echo)
	add("fail", "", "Fail", func(*Call) error { return errors.New("fail: it failed: try again") })
	add("boom", "", "Panic", func(*Call) error { panic("broken invariant") })
	add("printf", "", "Print text only", func(c *Call) error { c.Printf("%d\n", 7); fmt.Fprintln(c.Out, "out"); return nil })
	add("wait", "", "Wait until cancelled", func(c *Call) error { <-c.Context.Done(); return c.Context.Err() })
	err := tree.SetCompleter("show interface", func(args []string) []string {
		if len(args) > 1 {
			panic("one argument only")
		}
		return []string{"eth0", "eth1", "loop0"}
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestRun(t *testing.T) {
	tree := testTree(t)
	tests := []struct{ line, want, err string }{
		{"show errors", "show errors []\n", ""},
		{"sh err", "show errors []\n", ""},
		{"  sh\terr \r\n", "show errors []\n", ""},
		{"show interface eth0", "show interface [eth0]\n", ""},
		{"show int eth0", "show int [eth0]\n", ""}, // an exact word wins over a longer one
		{"show interf rx", "show interface rx-placement []\n", ""},
		{`show err "a b" "say \"x\"" c\d`, "show errors [a b say \"x\" c\\d]\n", ""},
		{`show err ""`, "show errors []\n", ""},
		{"cl add ru eth0 in", "classify add rule [eth0 in]\n", ""},
		{"", "", ""},
		{"   ", "", ""},
		{"# show errors", "", ""},
		{"comment show errors", "", ""},
		{"printf", "7\nout\n", ""},
		{"s", "", "ambiguous input `s': could be set, show"},
		{"show inte x", "show interface [x]\n", ""},
		{"show in", "", "ambiguous input `show in': could be int, interface"},
		{"foo bar", "", "unknown input `foo bar'"},
		{"show foo bar", "", "show: unknown input `foo bar'"},
		{`"" x`, "", "unknown input `\"\" x'"},
		{"show this is input of more than thirty bytes", "", "show: unknown input `this is input of more than thi...'"},
		{"show äöüäöüäöüäöüäöüä x", "", "show: unknown input `äöüäöüäöüäöüäöü...'"},
		{"fail", "", "fail: it failed: try again"},
		{`show "err`, "", `unterminated "quoted" word`},
		{"show \x01", "", "control character in the line"},
		{"show \xff", "", "the line is not valid UTF-8"},
		{"boom", "", "boom: internal error, please report it: broken invariant"},
		{strings.Repeat("x", maxLine+1), "", "a line of 65537 bytes is too long: the limit is 65536"},
	}
	for _, tt := range tests {
		var out strings.Builder
		err := tree.Run(t.Context(), tt.line, false, &out)
		if out.String() != tt.want || errText(err) != tt.err {
			t.Errorf("%.60q: got %q, error %q; want %q, error %q", tt.line, out.String(), errText(err), tt.want, tt.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRunJSON(t *testing.T) {
	tree := testTree(t)
	for line, want := range map[string]string{
		`show errors <a> b`: "[\n  \"<a>\",\n  \"b\"\n]\n",
		"printf":            "", // text only, so nothing
		"# nothing":         "",
	} {
		var out strings.Builder
		if err := tree.Run(t.Context(), line, true, &out); err != nil || out.String() != want {
			t.Errorf("%q: got %q, %v; want %q", line, out.String(), err, want)
		}
	}
}

func TestShowCannotEncode(t *testing.T) {
	var out strings.Builder
	c := &Call{JSON: true, Out: &out}
	err := c.Show(func() {}, nil)
	if err == nil || out.Len() != 0 {
		t.Errorf("got %q, %v; want an error and no half of a value", out.String(), err)
	}
}

func TestPanicError(t *testing.T) {
	err := testTree(t).Run(t.Context(), "boom", false, io.Discard)
	var p *PanicError
	if !errors.As(err, &p) || p.Path != "boom" || !bytes.Contains(p.Stack, []byte("tree_test.go")) {
		t.Errorf("got %#v, want a PanicError with the handler's stack", err)
	}
}

func TestAddRefuses(t *testing.T) {
	tree := testTree(t)
	ok := func(*Call) error { return nil }
	tests := []struct {
		path string
		h    Handler
		err  string
	}{
		{"show errors", ok, `cli: command "show errors" is added twice`},
		{"show nothing", nil, `cli: command "show nothing" has no handler`},
		{"", ok, `cli: a command needs at least one word, got ""`},
		{"show  x", ok, `cli: command path "show  x": want words with single spaces between them`},
		{"help me", ok, `cli: command path "help me": "help" is reserved`},
		{"quit", ok, `cli: command path "quit": "quit" is reserved`},
		{"show x?", ok, `cli: command path "show x?": a word of a command cannot hold ", # or ?`},
	}
	for _, tt := range tests {
		if err := tree.Add(tt.path, "", "", tt.h); errText(err) != tt.err {
			t.Errorf("%q: got %q, want %q", tt.path, errText(err), tt.err)
		}
	}
	if err := tree.SetCompleter("show", nil); errText(err) != `cli: completer for "show": no such command` {
		t.Errorf("completer of a word that is no command: %v", err)
	}
}

func TestHelp(t *testing.T) {
	tree := testTree(t)
	var out strings.Builder
	for _, line := range []string{
		"help", "?", "hel sh", "help show interface", "? classify add rule", "show ?", "classify ?", "fail ?", "help nonsense",
		"classify add rule eth1 ?", "classify add nonsense ?", "help show nonsense", "help s", "show", "classify add",
	} {
		fmt.Fprintf(&out, "> %s\n", line)
		if err := tree.Run(t.Context(), line, false, &out); err != nil {
			fmt.Fprintf(&out, "error: %v\n", err)
		}
	}
	golden(t, "help.golden", out.String())
}

// A list has the first sentence of each command, never half of one.
func TestHelpLists(t *testing.T) {
	tree, out := new(Tree), new(strings.Builder)
	for path, help := range map[string]string{"x one": "Does 802.1Q. And more, which goes\non here.", "x two": "Is for all that\nthere is.", "x three": "Does."} {
		if err := tree.Add(path, path, help, func(*Call) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Run(t.Context(), "x ?", false, out); err != nil || out.String() != "  x one    Does 802.1Q.\n  x three  Does.\n  x two    Is for all that …\n" {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestHelpJSON(t *testing.T) {
	var out strings.Builder
	if err := testTree(t).Run(t.Context(), "help classify", true, &out); err != nil {
		t.Fatal(err)
	}
	golden(t, "help-json.golden", out.String())
}

func TestCommands(t *testing.T) {
	list := testTree(t).Commands()
	if len(list) != 12 || list[0].Path != "boom" || list[2].Path != "classify delete rule" {
		t.Errorf("got %v", list)
	}
	if list := new(Tree).Commands(); list == nil || len(list) != 0 {
		t.Errorf("an empty tree has %v, want an empty list", list)
	}
}

func TestComplete(t *testing.T) {
	tree := testTree(t)
	tests := []struct{ line, want string }{
		{"", "boom classify fail help printf set show wait"},
		{"s", "set show"},
		{"sh", "show"},
		{"show ", "errors int interface trace"},
		{"sh in", "int interface"},
		{"show interface ", "eth0 eth1 loop0 rx-placement"},
		{"show interface e", "eth0 eth1"},
		{"show interface eth0 ", ""}, // the completer panics there
		{"classify add rule ", ""},
		{"s e", ""}, // ambiguous
		{"nonsense ", ""},
		{"help ", "boom classify fail printf set show wait"},
		{"help show i", "int interface"},
		{"# show ", ""},
		{`show interface "e`, "eth0 eth1"},
		{"show \xff", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(tree.Complete(tt.line), " "); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestRunScript(t *testing.T) {
	tree := testTree(t)
	tests := []struct{ script, want, err string }{
		{"show errors\n\n# rules\nsh trace", "show errors []\nshow trace []\n", ""},
		{"show errors\r\nfoo\nsh trace\n", "show errors []\n", "rules.cli:2: unknown input `foo'"},
		{strings.Repeat("x", maxLine+3), "", "rules.cli:1: the line is longer than 65536 bytes"},
	}
	for _, tt := range tests {
		var out strings.Builder
		err := tree.RunScript(t.Context(), "rules.cli", strings.NewReader(tt.script), false, &out)
		if out.String() != tt.want || errText(err) != tt.err {
			t.Errorf("%.60q: got %q, error %q; want %q, error %q", tt.script, out.String(), errText(err), tt.want, tt.err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := tree.RunScript(ctx, "rules.cli", strings.NewReader("show errors\n"), false, io.Discard)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled script: %v", err)
	}
}

// TestScriptOfItself runs a script whose only line is to run it.
func TestScriptOfItself(t *testing.T) {
	tree := new(Tree)
	tree.Add("exec", "exec FILE", "Run a script", func(c *Call) error {
		return tree.RunScript(c.Context, "self", strings.NewReader("exec self\n"), false, c.Out)
	})
	err := tree.Run(t.Context(), "exec self", false, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "does it run itself?") {
		t.Errorf("got %v", err)
	}
}

func TestMatchOrder(t *testing.T) {
	tree := new(Tree)
	for _, p := range []string{"b", "ab", "a", "aa c", "aa"} {
		if err := tree.Add(p, "", "", func(*Call) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "aa", "ab", "b"}; !slices.Equal(tree.root.names, want) {
		t.Errorf("names %v, want %v", tree.root.names, want)
	}
}

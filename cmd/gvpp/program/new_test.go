package program

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// newPlugin runs gvpp new plugin in a folder.
func newPlugin(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Chdir(dir)
	var stdout, stderr strings.Builder
	code = run(t.Context(), append([]string{"new", "plugin"}, args...), &stdout, &stderr, Plugin{"mine", func() plugin.Plugin { return nodePlugin{} }})
	return code, stdout.String(), stderr.String()
}

// nodePlugin is a plugin that has taken a stanza, a command and a node.
type nodePlugin struct{}

func (nodePlugin) Process(*graph.Worker, *graph.Frame) {}

func (nodePlugin) Register(r *plugin.Registry) {
	r.Config("theirs", nil)
	r.Node(graph.Spec{Name: "nodeless", Nexts: graph.Nexts{graph.ErrorDrop}, New: func(*graph.Worker) graph.Processor { return nodePlugin{} }})
	r.CLI("counters reset", "", func(*cli.Call) error { return nil })
}

// checkout makes what gvpp new looks for in gvpp's tree.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":           "module github.com/gvpp/gvpp\n\ngo 1.26.0\n",
		"go.sum":           "",
		"cmd/gvpp/main.go": "package main\n\nimport \"github.com/gvpp/gvpp/cmd/gvpp/program\"\n\nvar plugins []program.Plugin\n",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree is the files below a folder.
func tree(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(at, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestNewPluginRefuses(t *testing.T) {
	dir := checkout(t)
	before := tree(t, dir)
	for args, want := range map[string]string{
		"my_plugin":                       "myplugin would do",
		"func":                            "keyword",
		"classify":                        "gvpp has a plugin of that name",
		"mine":                            "gvpp has a plugin of that name",
		"theirs":                          "a stanza of that name",
		"unix":                            "a stanza of that name",
		"statseg":                         "a stanza of that name",
		"nodeless":                        "a node of that name",
		"counters":                        "understands `counters`",
		"trace":                           "understands `trace`",
		"sh":                              "understands `sh`",
		"quit":                            "understands `quit`",
		"runtime":                         "understands `show runtime`",
		"interfaces":                      "understands `clear interfaces`",
		"memclnt":                         "a module of that name",
		"want":                            "has a message want_",
		"sys":                             "the statistics have /sys/",
		"x --gvpp .":                      "there is no --module",
		"x --module limit":                "without a dot",
		"x --module github.com/gvpp/gvpp": "is gvpp's",
		"x --dir /":                       "not in a checkout",
		"x --dir .":                       "want a folder below",
		"x --dir plugins/a,b":             "want a folder below",
		"x --dir go.mod/x":                "is a file where a folder is wanted",
		"x --dir cmd/gvpp":                "Go code already",
		"x --module example.com/x --gvpp /nowhere": "no checkout of gvpp",
	} {
		code, _, errs := newPlugin(t, dir, strings.Fields(args)...)
		if code == 0 || !strings.Contains(errs, want) || !strings.HasPrefix(errs, "gvpp: ") {
			t.Errorf("%s: exit code %d and %q, want %q", args, code, errs, want)
		}
	}
	if after := tree(t, dir); !slices.Equal(after, before) {
		t.Errorf("there were\n%q, there are\n%q", before, after)
	}
}

func TestNewPluginInTree(t *testing.T) {
	dir := checkout(t)
	code, out, errs := newPlugin(t, dir, "limit")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{"In plugins/limit:", "node.go ", "In cmd/gvpp/main.go: its line", "\n  go test ./plugins/limit/...\n  go test -bench", "\n  go run ./cmd/gvpp replay --in a=plugins/limit/testdata"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	main, err := os.ReadFile("cmd/gvpp/main.go")
	if err != nil || !strings.Contains(string(main), "limit.New()") {
		t.Errorf("%v:\n%s", err, main)
	}
	files := tree(t, dir)
	for _, args := range [][]string{{"limit"}, {"limit", "--dir", "nodes/limit"}} { // its folder is there, and so is its line
		if code, _, errs := newPlugin(t, dir, args...); code != 1 || !strings.Contains(errs, "already") {
			t.Errorf("%q: exit code %d: %s", args, code, errs)
		}
	}
	if after := tree(t, dir); !slices.Equal(after, files) {
		t.Errorf("there were\n%q, there are\n%q", files, after)
	}
	if err := os.WriteFile("cmd/gvpp/main.go", []byte("package main\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs = newPlugin(t, filepath.Join(dir, "cmd"), "--dir", filepath.Join(dir, "nodes", "other"), "other")
	if code != 0 || !strings.Contains(out, `import "github.com/gvpp/gvpp/nodes/other"`) || !strings.Contains(out, `{Name: "other", New:`) {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
}

func TestNewPluginOfItsOwnModule(t *testing.T) {
	dir, gvpp := t.TempDir(), checkout(t)
	code, out, errs := newPlugin(t, dir, "limit", "--module", "example.com/me/limit", "--gvpp", gvpp, "-o", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var m made
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatal(err)
	}
	slices.Sort(m.Files)
	if have := tree(t, filepath.Join(dir, "limit")); m.Dir != "limit" || !slices.Equal(m.Files, slices.Sorted(slices.Values(have))) {
		t.Errorf("told of %s: %q\nwritten are %q", m.Dir, m.Files, have)
	}
	if len(m.Next) != 3 || m.Next[0] != "cd limit" || m.Next[1] != "go test ./..." || !strings.HasPrefix(m.Next[2], "go run ./cmd/limit ") {
		t.Errorf("next: %q", m.Next)
	}
	// A folder that has only been begun, as a repository without code, is taken when it is named.
	begun := filepath.Join(dir, "it's begun")
	if err := os.MkdirAll(filepath.Join(begun, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	code, out, errs = newPlugin(t, dir, "limit", "--module", "example.com/me/limit", "--gvpp", gvpp, "--dir", begun)
	if code != 0 || !strings.Contains(out, `cd 'it'\''s begun'`) {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
	// In a module that is not gvpp's, a module of its own must be asked for.
	if code, _, errs := newPlugin(t, filepath.Join(dir, "limit"), "other"); code != 1 || !strings.Contains(errs, "--module example.com/me/other") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestNewHelp(t *testing.T) {
	for line, want := range map[string]string{
		"new":                "plugin",
		"new --help":         "new plugin",
		"new plugin --help":  "gvpp new plugin limit --module example.com/me/limit",
		"help new plugin":    "gvpp new plugin limit --module example.com/me/limit",
		"new plugin":         "<name>",
		"new plugin a b":     "b",
		"new plugin --bogus": "bogus",
	} {
		var stdout, stderr strings.Builder
		run(t.Context(), strings.Fields(line), &stdout, &stderr)
		if all := stdout.String() + stderr.String(); !strings.Contains(all, want) {
			t.Errorf("%s: no %q in:\n%s", line, want, all)
		}
	}
}

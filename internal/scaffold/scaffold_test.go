package scaffold

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inTree are the options of a plugin in gvpp's tree.
func inTree(name string) Options {
	return Options{Name: name, Import: GVPP + "/plugins/" + name, Folder: "plugins/" + name}
}

func own(name string) Options {
	return Options{Name: name, Import: "example.com/me/" + name, Module: &Module{
		Source: "/a folder/gvpp", GoMod: []byte("module " + GVPP + "\n\ngo 1.26.0\n\nrequire golang.org/x/sys v0.49.0\n"), GoSum: []byte("sums\n"),
	}}
}

func files(t *testing.T, o Options) map[string]string {
	t.Helper()
	list, err := Files(o)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range list {
		all[f.Path] = string(f.Data)
	}
	if len(all) != len(list) {
		t.Errorf("%d files of %d names", len(list), len(all))
	}
	return all
}

// The model under its own name is the model, its generated code included: that is what go generate makes.
func TestModelIsItself(t *testing.T) {
	all := files(t, Options{Name: model, Import: modelPath, Folder: "internal/scaffold/plugname"})
	for _, pattern := range []string{"*", "*/*"} {
		paths, err := filepath.Glob(filepath.Join(model, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range paths {
			if info, err := os.Stat(at); err != nil || info.IsDir() {
				continue
			}
			want, err := os.ReadFile(at)
			if err != nil {
				t.Fatal(err)
			}
			if got := all[strings.TrimPrefix(at, model+"/")]; got != string(want) {
				t.Errorf("%s is made otherwise than it is:\n%s", at, got)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	for _, name := range []string{"a", "x1", "ip4x", "acls", "zzzzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
		for _, o := range []Options{inTree(name), own(name)} {
			for at, text := range files(t, o) {
				if strings.Contains(strings.ToLower(at+text), model) || strings.Contains(text, "{{.") {
					t.Errorf("%s of %s has something of the model:\n%s", at, name, text)
				}
				if got, err := format.Source([]byte(text)); filepath.Ext(at) == ".go" && (err != nil || string(got) != text) {
					t.Errorf("%s of %s is not gofmt's: %v", at, name, err)
				}
			}
		}
	}
}

func TestWhatOnlyAModuleHas(t *testing.T) {
	all, tree := files(t, own("limit")), files(t, inTree("limit"))
	var more []string
	for at := range all {
		if _, ok := tree[at]; !ok {
			more = append(more, at)
		}
	}
	if slices.Sort(more); !slices.Equal(more, []string{".gitignore", "cmd/limit/main.go", "go.mod", "go.sum"}) {
		t.Errorf("a module has besides: %q", more)
	}
	for _, want := range []string{"module example.com/me/limit\n", "\ngo 1.26.0\n", "golang.org/x/sys v0.49.0 // indirect", "not published", `replace github.com/gvpp/gvpp => "/a folder/gvpp"`} {
		if !strings.Contains(all["go.mod"], want) {
			t.Errorf("no %q in:\n%s", want, all["go.mod"])
		}
	}
	o := own("limit")
	o.Import = "example.com/me/gvpp-limit"
	if main := files(t, o)["cmd/limit/main.go"]; !strings.Contains(main, `limit "example.com/me/gvpp-limit"`) {
		t.Errorf("the import does not say the package's name:\n%s", main)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"":                              "want lower case",
		"Limit":                         "limit would do",
		"my_plugin":                     "myplugin would do",
		"my-plugin":                     "myplugin would do",
		"2fast":                         "fast would do",
		"lîmit":                         "want lower case",
		"../x":                          "x would do",
		"func":                          "keyword",
		"go":                            "keyword",
		"len":                           "every Go file",
		"any":                           "every Go file",
		"error":                         "every Go file",
		"main":                          "where a program begins",
		"internal":                      "go command",
		"testdata":                      "go command",
		"context":                       "imports",
		"netip":                         "imports",
		"graph":                         "imports",
		"program":                       "imports",
		"testing":                       "imports",
		"plugname":                      "templates",
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzz": "at most 28",
	} {
		if err := CheckName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

func TestModulePaths(t *testing.T) {
	for at, ok := range map[string]bool{
		"example.com/limit": true, "example/limit": true, "github.com/me/gvpp-limit/v2": true, "git.me.org/~x/y": true,
		"": false, "limit": false, "fmt": false, "example.com/a b": false, "/tmp/x": false, "example.com/../x": false, "https://example.com/x": false,
		GVPP: false, GVPP + "/plugins/x": false, "example.com/x/": false,
	} {
		if err := CheckModule(at); (err == nil) != ok {
			t.Errorf("%q: %v", at, err)
		}
	}
}

func TestList(t *testing.T) {
	o := inTree("limit")
	const head = "// Command gvpp.\npackage main\n\n"
	const line = "\t{Name: \"limit\", New: func() plugin.Plugin { return limit.New() }},\n}\n"
	const more = "\t\"github.com/gvpp/gvpp/plugin\"\n\t\"github.com/gvpp/gvpp/plugins/limit\"\n)\n\n"
	for what, c := range map[string]struct{ before, after string }{
		"as it is written": {
			head + "import \"github.com/gvpp/gvpp/cmd/gvpp/program\"\n\n// plugins are.\nvar plugins []program.Plugin\n",
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n" + more + "// plugins are.\nvar plugins = []program.Plugin{\n" + line,
		},
		"empty": {
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n)\n\nvar plugins = []program.Plugin{}\n",
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n" + more + "var plugins = []program.Plugin{\n" + line,
		},
		"with another": {
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n\t\"github.com/gvpp/gvpp/plugin\"\n)\n\nvar plugins = []program.Plugin{\n\tother, // mine\n}\n",
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n" + more + "var plugins = []program.Plugin{\n\tother, // mine\n" + line,
		},
		"in one line": {
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n\t\"github.com/gvpp/gvpp/plugin\"\n)\n\nvar plugins = []program.Plugin{other}\n",
			head + "import (\n\t\"github.com/gvpp/gvpp/cmd/gvpp/program\"\n" + more + "var plugins = []program.Plugin{other,\n" + line,
		},
	} {
		out, err := o.AddToList([]byte(c.before))
		if err != nil || string(out) != c.after {
			t.Errorf("%s: %v:\n%s\nwant\n%s", what, err, out, c.after)
		}
		if _, err := o.AddToList(out); err != ErrListed {
			t.Errorf("%s, once more: %v", what, err)
		}
	}
	for _, strange := range []string{"", head, head + "import \"x\"\n", head + "import \"x\"\n\nvar plugins = list()\n", head + "import \"x\"\n\nvar plugins []string\n"} {
		if out, err := o.AddToList([]byte(strange)); err == nil {
			t.Errorf("%q becomes %q", strange, out)
		}
	}
}

func TestWriteAllOrNothing(t *testing.T) {
	list := []File{{"a.go", []byte("a")}, {"b/c/d.go", []byte("d")}, {"b/e", []byte("e")}}
	dir := filepath.Join(t.TempDir(), "new", "plugin")
	undo, err := Write(dir, list)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "b/c/d.go")); err != nil || !bytes.Equal(got, []byte("d")) {
		t.Errorf("%q: %v", got, err)
	}
	if _, err := Write(dir, list); err == nil || !strings.Contains(err.Error(), "a.go exists already") {
		t.Errorf("once more: %v", err)
	}
	if err := undo(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("undo has left something: %v", err)
	}
	for what, inTheWay := range map[string]string{"a file": "b/e", "a file for a folder": "b", "other Go code": "main.go"} {
		dir := t.TempDir()
		at := filepath.Join(dir, inTheWay)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(dir, list); err == nil {
			t.Errorf("%s in the way: nothing is said", what)
		}
		if _, err := os.Stat(filepath.Join(dir, "a.go")); !os.IsNotExist(err) {
			t.Errorf("%s in the way: something is left: %v", what, err)
		}
	}
}

package gvpp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of our own packages; "." is the root package.
const module = "github.com/gvpp/gvpp"

// floors is DESIGN.md's table. A package imports packages of lower floors only; internal/… stands beside it.
var floors = map[string]int{
	"cmd": 6, "bench": 6, "gvpptest": 6, "examples": 6,
	".": 5, "plugins": 5,
	"nodes":     4,
	"plugin":    3,
	"graph":     2,
	"dataplane": 1, "api": 1, "cli": 1, "config": 1, "stats": 1, "unixsock": 1,
}

// dataplane is the rows of floor 1, in the table's order: each may import the ones before.
var dataplane = []string{"cycles", "counter", "buffer", "packet", "epoch", "flow", "port", "afxdp", "pcapport", "tap"}

// only lists modules that one package alone may import.
var only = map[string]string{"github.com/asavie/xdp": "dataplane/afxdp", "github.com/cilium/ebpf": "dataplane/afxdp"}

type listed struct {
	ImportPath, Dir  string
	GoFiles, Imports []string
}

func packages(t *testing.T) (list []listed) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// folder is a package's path within the module.
func folder(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func top(folder string) string {
	name, _, _ := strings.Cut(folder, "/")
	return name
}

// fault says what is wrong with from importing to, both folders of ours; "" for nothing.
func fault(from, to string) string {
	f, g := floors[top(from)], floors[top(to)]
	switch {
	case top(from) == "internal": // tools of tests and programs: the table does not hold them
		return ""
	case top(to) == "internal":
		if f >= 5 {
			return ""
		}
		return "internal packages serve tests, floors 5 and 6"
	case f == 0 || g == 0:
		return "not in the table of DESIGN.md"
	case top(from) == "dataplane" && top(to) == "dataplane":
		a, b := slices.Index(dataplane, strings.TrimPrefix(from, "dataplane/")), slices.Index(dataplane, strings.TrimPrefix(to, "dataplane/"))
		if a < 0 || b < 0 || b >= a {
			return "only earlier rows of the table"
		}
		return ""
	case top(from) == "cmd" && top(to) == "bench", top(from) == top(to) && (top(to) == "api" || top(to) == "bench" || top(to) == "cmd"):
		return ""
	case to == "unixsock" && (top(from) == "api" || from == "cli" || from == "stats"): // what they listen on
		return ""
	case strings.HasPrefix(to, from+"/"): // a part of its own, as classify's rule compiler
		return ""
	case g >= f:
		return "imports go down"
	}
	return ""
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := folder(p.ImportPath)
		if top(from) != "internal" && floors[top(from)] == 0 {
			t.Errorf("%s is not in the table of DESIGN.md", from)
		}
		if row, ok := strings.CutPrefix(from, "dataplane/"); ok && !slices.Contains(dataplane, row) {
			t.Errorf("%s is not in the table of DESIGN.md", from)
		}
		for _, i := range p.Imports {
			if to, ours := folder(i); ours {
				if why := fault(from, to); why != "" {
					t.Errorf("%s imports %s: %s", from, to, why)
				}
			}
			for path, owner := range only {
				if (i == path || strings.HasPrefix(i, path+"/")) && from != owner {
					t.Errorf("%s imports %s: only %s does", from, i, owner)
				}
			}
		}
	}
}

// The test above can fail.
func TestFaultsAreFound(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"graph", "dataplane/port", true}, {"graph", "dataplane/cycles", true}, {".", "dataplane/cycles", true}, {"cmd/gvpp", ".", true},
		{"nodes/ip", "plugin", true}, {"dataplane/packet", "dataplane/buffer", true}, {"plugin", "cli", true}, {"cmd/gvpp", "bench", true},
		{"graph", "plugin", false}, {"graph", "internal/netlab", false}, {"nodes/ip", "nodes/l2", false}, {"nodes/ip", "internal/netlab", false},
		{"dataplane/buffer", "dataplane/packet", false}, {"dataplane/flow", "graph", false}, {"cli", "config", false}, {"config", "dataplane/buffer", false},
		{"plugin", ".", false}, {"util", "cli", false}, {"graph", "util", false}, {"dataplane/new", "dataplane/buffer", false},
		{"cli", "unixsock", true}, {"api/server", "unixsock", true}, {"config", "unixsock", false}, {"unixsock", "cli", false},
	} {
		if why := fault(c.from, c.to); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.from, c.to, why)
		}
	}
}

// Sizes of code that is not a test's.
const (
	maxFileLines = 300
	maxFuncLines = 70
)

func TestSizes(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			sizes(t, filepath.Join(p.Dir, name))
		}
	}
}

func sizes(t *testing.T, path string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		t.Error(err)
		return
	}
	if ast.IsGenerated(f) {
		return
	}
	if n := set.File(f.Pos()).LineCount(); n > maxFileLines+1 {
		t.Errorf("%s has %d lines, want at most %d", path, n, maxFileLines)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			if n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, want at most %d", path, fn.Name.Name, n, maxFuncLines)
			}
		}
	}
}

package apigen

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func itoa(n int) string { return fmt.Sprint(n) }

// vppTree is VPP's source tree, which the environment names; without it the test is skipped, by name.
func vppTree(t *testing.T) string {
	t.Helper()
	tree := os.Getenv("GVPP_VPP_SRC")
	if tree == "" {
		t.Skipf("SKIPPED %s: it compares with VPP's own compiler; set GVPP_VPP_SRC to a tree of VPP's sources (python3 with ply is needed, too)", t.Name())
	}
	if _, err := os.Stat(filepath.Join(tree, "src/tools/vppapigen/vppapigen.py")); err != nil {
		t.Fatalf("GVPP_VPP_SRC: %v", err)
	}
	return tree
}

// python is an interpreter that has ply.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import ply").Run() == nil {
			return name
		}
	}
	t.Fatal("no python3 has the module ply, which VPP's compiler needs (Debian: python3-ply)")
	return ""
}

// verdict is what VPP's compiler makes of a file.
type verdict struct {
	json []byte
	why  string // it refuses the file
}

// askVPP gives files to VPP's compiler.
func askVPP(t *testing.T, include, sources []string) (list []verdict) {
	t.Helper()
	dir := t.TempDir()
	target := func(i int) string { return filepath.Join(dir, itoa(i)+".json") }
	var in bytes.Buffer
	for i, s := range sources {
		fmt.Fprintf(&in, "%s\t%s\n", s, target(i))
	}
	args := append([]string{"testdata/oracle.py", filepath.Join(vppTree(t), "src/tools/vppapigen")}, include...)
	cmd := exec.Command(python(t), args...)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(sources) {
		t.Fatalf("%d answers to %d files", len(lines), len(sources))
	}
	for i, line := range lines {
		v := verdict{why: strings.TrimPrefix(line, "error ")}
		if line == "ok" {
			v.why = ""
			if v.json, err = os.ReadFile(target(i)); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, v)
	}
	return list
}

// TestCorpus compiles every .api file of VPP's tree, and gets what VPP's compiler gets, byte for byte.
func TestCorpus(t *testing.T) {
	tree := vppTree(t)
	var paths []string
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".api") && !strings.Contains(path, "/build-root/") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	include := []string{filepath.Join(tree, "src")}
	messages, equal := 0, 0
	for i, v := range askVPP(t, include, paths) {
		f, err := Compile(paths[i], include)
		switch {
		case err != nil && v.why == "":
			t.Error(err)
		case err == nil && v.why != "":
			t.Errorf("%s was taken; VPP's compiler: %s", paths[i], v.why)
		case err == nil && !bytes.Equal(f.JSON(), v.json):
			t.Errorf("%s: %s", paths[i], firstDifference(f.JSON(), v.json))
		default:
			equal++
		}
		if err == nil {
			messages += len(f.Messages)
		}
	}
	t.Logf("%d of %d files agree; %d messages", equal, len(paths), messages)
}

// TestOracle asks VPP's compiler about the quirks and errors of the other tests. With -update its answers about quirks
// become the expected ones.
func TestOracle(t *testing.T) {
	vppTree(t)
	quirks, _ := filepath.Glob("testdata/quirks/*.api")
	for i, v := range askVPP(t, []string{"testdata/quirks/inc"}, quirks) {
		path := quirks[i] + ".json"
		if *update && v.why == "" {
			if err := os.WriteFile(path, v.json, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); v.why != "" || err != nil || !bytes.Equal(want, v.json) {
			t.Errorf("%s is not what VPP's compiler makes of it: %s", path, v.why)
		}
	}
	dir := t.TempDir()
	var sources []string
	for i, c := range refused {
		path := filepath.Join(dir, itoa(i)+".api")
		if err := os.WriteFile(path, []byte(c.src), 0o644); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, path)
	}
	for i, v := range askVPP(t, []string{"testdata/quirks/inc"}, sources) {
		if c := refused[i]; (v.why == "") != c.ours {
			t.Errorf("%s: VPP's compiler says %q; refused by us alone: %v", c.src, v.why, c.ours)
		}
	}
}

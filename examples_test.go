package gvpp_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// Each of the examples is what a user would have: it is built and tested in a copy elsewhere, as a module of its own, whose path gives
// it no way into internal packages. The one without a go.mod, which `go run` finds from here, gets one there.
func TestExamples(t *testing.T) {
	dirs, err := os.ReadDir("examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if d.IsDir() {
			t.Run(d.Name(), func(t *testing.T) { newExample(t, d.Name()).check() })
		}
	}
}

// example is a copy of one of the examples.
type example struct {
	*testing.T
	name, dir string
}

func newExample(t *testing.T, name string) *example {
	e := &example{t, name, filepath.Join(t.TempDir(), name)}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join("examples", name)
	if err := os.CopyFS(e.dir, os.DirFS(from).(fs.ReadDirFS)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(from, "go.mod")); err != nil {
		e.write("go.mod", strings.Replace(e.read("go.mod", "."), "module "+module, "module example.com/"+name, 1)+"\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+here+"\n")
		e.write("go.sum", e.read("go.sum", "."))
		return e
	}
	mod := e.read("go.mod", from)
	moved := strings.Replace(mod, "=> ../..", "=> "+here, 1)
	if moved == mod {
		t.Fatalf("no replace directive in go.mod:\n%s", mod)
	}
	e.write("go.mod", moved)
	return e
}

func (e *example) read(name, dir string) string {
	e.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		e.Fatal(err)
	}
	return string(b)
}

func (e *example) write(name, text string) {
	e.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o644); err != nil {
		e.Fatal(err)
	}
}

// run runs the go tool in the copy, which may not change go.mod, and asks nobody elsewhere.
func (e *example) run(args ...string) string {
	e.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		e.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	if bytes.Contains(out, []byte("go mod tidy")) {
		e.Logf("the modules that gvpp needs have changed: cd examples/%s && go mod tidy", e.name)
	}
	return string(out)
}

func (e *example) check() {
	e.run("vet", "./...")
	args := []string{"test", "-count=1", "./..."}
	if withRace() {
		args = []string{"test", "-count=1", "-race", "./..."}
	}
	if out := e.run(args...); !strings.Contains(out, "ok") {
		e.Errorf("no test has run:\n%s", out)
	}
	if list := e.run("list", "-f", "{{.Imports}} {{.TestImports}} {{.XTestImports}}", "./..."); strings.Contains(list, module+"/internal") {
		e.Errorf("an internal package is imported, which a user could not:\n%s", list)
	}
	e.checkFiles()
	e.checkReadme()
}

// checkReadme runs the commands of the example's README.md, in its copy.
func (e *example) checkReadme() {
	path := filepath.Join(e.dir, "README.md")
	if _, err := os.Stat(path); err != nil || testing.Short() {
		return
	}
	s := newShell(e.T, e.dir, []string{"GOPROXY=off", "GOWORK=off"})
	for _, b := range blocks(e.T, path) {
		if b.lang == "console" {
			b.run(e.T, s)
		}
	}
}

// withRace says whether this test was built with the detector of data races.
func withRace() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && strings.Contains(fmt.Sprint(info.Settings), "{-race true}")
}

// checkFiles looks at the sizes of what somebody has written, and makes anew what was generated.
func (e *example) checkFiles() {
	generated := map[string]string{}
	err := filepath.WalkDir(e.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case strings.HasSuffix(path, ".api.go"):
			generated[path] = e.read(path, "")
			return os.Remove(path)
		case strings.HasSuffix(path, ".go"):
			sizes(e.T, path)
		}
		return nil
	})
	if err != nil {
		e.Fatal(err)
	}
	if len(generated) > 0 {
		e.run("generate", "./...")
	}
	for path, before := range generated {
		if after := e.read(path, ""); after != before {
			e.Errorf("go generate makes another %s than is there", path)
		}
	}
}

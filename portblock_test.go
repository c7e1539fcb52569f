package gvpp_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The plugin of examples/portblock is a module of its own, as a user's would be. Its tests run in a copy elsewhere.
func TestPluginOfAnotherModule(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "portblock")
	if err := os.CopyFS(dir, os.DirFS("examples/portblock").(fs.ReadDirFS)); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(string(mod), "=> ../..", "=> "+here, 1)
	if moved == string(mod) {
		t.Fatalf("no replace directive in go.mod:\n%s", mod)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": moved, "go.sum": string(sums)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := run("test", "./..."); !strings.Contains(out, "ok") {
		t.Errorf("no test has run:\n%s", out)
	}
	generated := filepath.Join(dir, "portblockapi", "portblock.api.go")
	before, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(generated); err != nil {
		t.Fatal(err)
	}
	run("generate", "./portblockapi")
	if after, err := os.ReadFile(generated); err != nil || !bytes.Equal(after, before) {
		t.Errorf("go generate makes other code than is there: %v", err)
	}
}

package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

//go:generate env UPDATE=1 go test -run TestBindings .

// The bindings in binapi are what GoVPP's generator makes of gvpp's own .api.json files; UPDATE=1 writes them.
func TestBindings(t *testing.T) {
	descriptions, out := t.TempDir(), t.TempDir()
	files := append(binapi.Types(), memclnt.File, classifyapi.File, flowtrackapi.File)
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(descriptions, f.Name+".api.json"), []byte(f.JSON), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("UPDATE") != "" {
		out = "binapi"
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	}
	generate(t, descriptions, out, memclnt.File, classifyapi.File, flowtrackapi.File)
	made, err := filepath.Glob(filepath.Join(out, "*", "*.go"))
	if err != nil || len(made) < 8 {
		t.Fatalf("%d files, %v", len(made), err)
	}
	for _, path := range made {
		rel, _ := filepath.Rel(out, path)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join("binapi", rel)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("binapi/%s is not what the generator makes today (%v): UPDATE=1 go test -run TestBindings .", rel, err)
		}
	}
}

// generate runs GoVPP's generator for modules and what they import.
func generate(t *testing.T, input, output string, files ...*api.File) {
	t.Helper()
	args := []string{"tool", "binapi-generator", "--input", input, "--output-dir", output, "--import-prefix", "github.com/gvpp/gvpp/api/interop/binapi",
		"--no-version-info", "--no-source-path-info"}
	for _, f := range files {
		args = append(args, f.Name)
	}
	if text, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

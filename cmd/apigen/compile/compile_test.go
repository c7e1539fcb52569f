package compile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPackageOf(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"pkg/doc.go": "package flowapi\n", "pkg/flow_test.go": "package flowapi_test\n", "json/old": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for sub, want := range map[string]string{"pkg": "flowapi", "json": "json", "func": "", "with-dash": "", "main": "", "new_dir": "new_dir"} {
		if got := packageOf(filepath.Join(dir, sub)); got != want {
			t.Errorf("%s: package %q, want %q", sub, got, want)
		}
	}
}

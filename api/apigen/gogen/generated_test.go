package gogen_test

import (
	"bytes"
	"flag"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api/apigen"
	"github.com/gvpp/gvpp/api/apigen/gogen"
)

var update = flag.Bool("update", false, "write the generated files")

const samples = "github.com/gvpp/gvpp/api/apigen/gogen/testdata/"

// upToDate compares what is generated from an .api file with what stands beside it.
func upToDate(t *testing.T, file string, include []string, imports map[string]string) {
	t.Helper()
	f, err := apigen.Compile(file, include)
	if err != nil {
		t.Fatal(err)
	}
	code, err := gogen.Generate(f, gogen.Options{Package: packageIn(t, filepath.Dir(file)), Imports: imports})
	if err != nil {
		t.Fatal(err)
	}
	checked := file + ".go"
	if *update {
		if err := os.WriteFile(checked, code, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(checked); err != nil || !bytes.Equal(old, code) {
		t.Errorf("%s is not what is generated from %s (go generate, or -update): %v", checked, filepath.Base(file), err)
	}
}

// packageIn is the package that the Go files of a folder say they are, but for what is generated.
func packageIn(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".api.go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		return f.Name.Name
	}
	return ""
}

func TestSamples(t *testing.T) {
	for _, module := range []string{"sample_types", "sample"} {
		upToDate(t, filepath.Join("testdata", module, module+".api"), []string{"testdata"}, map[string]string{"sample_types": samples + "sample_types"})
	}
}

// What is checked in of the whole tree is what its .api files say today.
func TestGenerated(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	found := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != root) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(file, ".api") {
			found++
			upToDate(t, file, []string{filepath.Join(root, "api", "binapi")}, nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 13 {
		t.Errorf("%d .api files in the tree, and there were 13", found)
	}
}

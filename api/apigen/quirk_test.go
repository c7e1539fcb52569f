package apigen

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestQuirks compares testdata/quirks/*.api with what VPP's own compiler has made of them; TestOracle makes it anew.
func TestQuirks(t *testing.T) {
	paths, err := filepath.Glob("testdata/quirks/*.api")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		want, err := os.ReadFile(path + ".json")
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := Compile(path, []string{"testdata/quirks/inc"})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := f.JSON(); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", path, firstDifference(got, want))
		}
	}
}

// firstDifference is the line where two texts part.
func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "line " + itoa(i+1) + " is\n\t" + g[i] + "\nwant\n\t" + w[i]
		}
	}
	return itoa(len(g)) + " lines, want " + itoa(len(w))
}

package program

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A directory among the temporary files is taken only if it is this user's alone.
func TestOwnDir(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := temporaryRunDir()
	if err := ownDir(dir, false); err != nil {
		t.Errorf("not there: %v", err)
	}
	for range 2 { // the second time it is there
		if err := ownDir(dir, true); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	refused := func(what string) {
		t.Helper()
		for _, make := range []bool{false, true} {
			if err := ownDir(dir, make); err == nil || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	refused("all may write")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), dir); err != nil {
		t.Fatal(err)
	}
	refused("a link")
	if err := ownDir(filepath.Join(t.TempDir(), "x"), true); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
}

func TestArrows(t *testing.T) {
	for _, s := range [][2]string{
		{"ctl a -> b -> c", "ctl -- a -> b -> c"}, {"ctl -o json -s=x a ->", "ctl -o json -s=x -- a ->"}, {"ctl -s", "ctl -s"}, {"ctl -s ->", "ctl -s -> --"}, {"ctl -o json a", "ctl -o json a"}, {"ctl -- a -> b", "ctl -- a -> b"}, {"run a -> b", "run a -> b"},
	} {
		if got := arrows(strings.Fields(s[0])); !slices.Equal(got, strings.Fields(s[1])) {
			t.Errorf("%s: %v, want %s", s[0], got, s[1])
		}
	}
}

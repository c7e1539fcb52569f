package peer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needCompiler skips by name where nothing can be compiled.
func needCompiler(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skipf("%s: %v", t.Name(), errNoCompiler)
	}
}

func TestBuild(t *testing.T) {
	needCompiler(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	p := program{source: "cecho.c"}
	first, err := p.build()
	ok(t, err)
	before, err := os.Stat(first)
	ok(t, err)
	again, err := p.build()
	ok(t, err)
	if after, err := os.Stat(again); err != nil || again != first || !os.SameFile(before, after) {
		t.Errorf("built twice: %s, %s, %v", first, again, err)
	}
	p.flags = []string{"-DOTHER"}
	if other, err := p.build(); err != nil || other == first {
		t.Errorf("other flags: %s, %v", other, err)
	}
	left, _ := filepath.Glob(os.Getenv("TMPDIR") + "/*")
	halves, _ := filepath.Glob(filepath.Dir(first) + "/.half*")
	if len(left)+len(halves) != 0 {
		t.Errorf("left behind: %v %v", left, halves)
	}
}

func TestBuildFails(t *testing.T) {
	needCompiler(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, c := range []struct {
		p    program
		want string
	}{
		{program{source: "cecho.c", flags: []string{"-Dmain=("}}, "cecho.c does not compile"},
		{program{source: "none.c"}, "none.c"},
		{program{source: "cecho.c", library: "no-such-library", missing: "install it"}, "no-such-library; install it"},
	} {
		if path, err := c.p.build(); err == nil || !strings.Contains(err.Error(), c.want) {
			if _, e := exec.LookPath("pkg-config"); e == nil || c.p.library == "" {
				t.Errorf("%+v: %q, %v; want %q", c.p, path, err, c.want)
			}
		}
	}
}

package ip

import (
	"os/exec"
	"regexp"
	"runtime"
	"testing"
)

// TestShortWaysCheckNothing: what packets as most are pass has no check of a bound but those before its loops, and one each step down
// a table, for what a place says of the next ply.
func TestShortWaysCheckNothing(t *testing.T) {
	if testing.Short() || runtime.GOARCH != "amd64" {
		t.Skip("builds the packages, for amd64")
	}
	for dir, most := range map[string]int{".": 7, "../ethernet": 1} {
		out, err := exec.Command("go", "build", "-gcflags=-d=ssa/check_bce", dir).CombinedOutput()
		if err != nil {
			t.Skipf("no compiler to ask: %v\n%s", err, out)
		}
		if len(out) == 0 {
			t.Fatalf("%s: the compiler does not say where it checks", dir)
		}
		found := regexp.MustCompile(`(?m)^\S*plain\.go:\d+:\d+: Found Is`).FindAll(out, -1)
		if len(found) > most {
			t.Errorf("%s: plain.go has %d checks, want at most %d:\n%s", dir, len(found), most, out)
		}
	}
}

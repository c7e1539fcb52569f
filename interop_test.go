package gvpp_test

import (
	"os/exec"
	"testing"
)

// VPP's own clients drive gvpp: the tests are a module of their own, with GoVPP.
func TestInterop(t *testing.T) {
	if testing.Short() {
		t.Skip("a module of its own to build")
	}
	fetch := exec.Command("go", "mod", "download")
	fetch.Dir = "api/interop"
	if out, err := fetch.CombinedOutput(); err != nil {
		t.Skipf("GoVPP cannot be fetched here: %v\n%s", err, out)
	}
	cmd := exec.Command("go", "test", "-v", "./...")
	cmd.Dir = "api/interop"
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("go test in api/interop: %v", err)
	}
}

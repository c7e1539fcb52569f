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
	if out, err := interop("mod", "download"); err != nil {
		t.Skipf("GoVPP cannot be fetched here: %v\n%s", err, out)
	}
	if out, err := interop("generate", "."); err != nil {
		t.Fatalf("go generate in api/interop: %v\n%s", err, out)
	}
	out, err := interop("test", "-v", "./...")
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("go test in api/interop: %v", err)
	}
}

// interop runs the go command there.
func interop(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = "api/interop"
	return cmd.CombinedOutput()
}

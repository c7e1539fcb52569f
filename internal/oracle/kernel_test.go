package oracle

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

func TestMain(m *testing.M) { os.Exit(netlab.Exclusive(m.Run)) }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func needsRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces need it", t.Name())
	}
	ok(t, installed())
}

// installed installs the program nft where it is missing.
var installed = sync.OnceValue(func() error {
	if _, err := program("nft"); err == nil {
		return nil
	}
	for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", "nftables"}} {
		cmd := exec.Command("apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %v: %w: %s", args, err, out)
		}
	}
	return nil
})

func newKernel(t testing.TB, s Timeouts) *Kernel {
	t.Helper()
	needsRoot(t)
	k, err := NewKernel(s)
	ok(t, err)
	t.Cleanup(func() { ok(t, k.Close()) })
	return k
}

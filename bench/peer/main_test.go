package peer

import (
	"fmt"
	"os"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

// asParent is the environment variable that makes the test binary a process with a child, to be killed.
const asParent = "GVPP_PEER_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		c, err := startChild(here, "/bin/sh", "-c", "echo $$; exec sleep 1000")
		if err == nil {
			var pid string
			pid, err = c.answer()
			fmt.Println(pid)
		}
		if err != nil {
			fmt.Println(err)
		}
		select {}
	}
	os.Exit(netlab.Exclusive(m.Run))
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

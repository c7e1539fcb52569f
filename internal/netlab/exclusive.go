package netlab

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// inside is the environment variable that tells a test's own child processes that the lock is theirs.
const inside = "GVPP_NETLAB_EXCLUSIVE"

// Exclusive runs f while no other process of this user is inside Exclusive, and returns f's result. Packages whose tests
// drive kernel traffic call it from TestMain: `go test ./...` runs packages side by side, and on two cores they would take
// each other's time. A process started from inside is inside, too.
func Exclusive(f func() int) int {
	if os.Getenv(inside) != "" {
		return f()
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("gvpp-netlab-%d.lock", os.Geteuid()))
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return f() // a wish, not a need
	}
	defer unix.Close(fd)
	for unix.Flock(fd, unix.LOCK_EX) == unix.EINTR {
	}
	os.Setenv(inside, "1")
	return f()
}

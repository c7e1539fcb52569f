package netlab

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Exclusive runs f while no other process of this user is inside Exclusive, and returns f's result. Packages whose tests
// drive kernel traffic call it from TestMain: `go test ./...` runs packages side by side, and on two cores they would take
// each other's time.
func Exclusive(f func() int) int {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("gvpp-netlab-%d.lock", os.Geteuid()))
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return f() // a wish, not a need
	}
	defer unix.Close(fd)
	for unix.Flock(fd, unix.LOCK_EX) == unix.EINTR {
	}
	return f()
}

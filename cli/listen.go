package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxSocketPath is what fits sun_path with its NUL, in bytes.
const maxSocketPath = 107

// socketMode is the mode of the served socket: its owner and its group may use it.
const socketMode = 0o660

// lockWait bounds the wait for another program that makes a socket in the same directory. Making one takes microseconds.
const lockWait = time.Second

// listen makes the socket at path. It refuses one that somebody listens on and replaces one that nobody does.
func listen(path, group string) (*net.UnixListener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("cli: socket %q: its name has %d bytes, the limit is %d", path, len(path), maxSocketPath)
	}
	gid, err := groupID(group)
	if err != nil {
		return nil, err
	}
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("cli: socket %q: %w", path, err)
	}
	defer unlock()
	if err := removeStale(path); err != nil {
		return nil, fmt.Errorf("cli: socket %q: %w", path, err)
	}
	lc := net.ListenConfig{Control: tighten}
	l, err := lc.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cli: socket %q: %w", path, err)
	}
	ul := l.(*net.UnixListener)
	ul.SetUnlinkOnClose(false) // Server.Close does, and looks whether it is still ours
	if err := admit(path, gid); err != nil {
		ul.Close()
		os.Remove(path)
		return nil, fmt.Errorf("cli: socket %q: %w", path, err)
	}
	return ul, nil
}

// tighten gives the socket its mode before it has a name, so that it is never open to all, without touching the umask of
// the whole process: bind takes the mode of the descriptor.
func tighten(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) }); e != nil {
		return e
	}
	return err
}

// admit opens the socket to its group, gid if that is not -1.
func admit(path string, gid int) error {
	if gid >= 0 {
		if err := os.Lchown(path, -1, gid); err != nil {
			return fmt.Errorf("cannot give it to group %d: %w", gid, err)
		}
	}
	return os.Chmod(path, socketMode)
}

// groupID finds a group by name or number; -1 for none.
func groupID(group string) (int, error) {
	if group == "" {
		return -1, nil
	}
	if n, err := strconv.ParseUint(group, 10, 31); err == nil {
		return int(n), nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return -1, fmt.Errorf("cli: socket group %q: no such group: create it or give a number", group)
	}
	return strconv.Atoi(g.Gid)
}

// lockDir keeps two programs that start at once from removing each other's socket.
func lockDir(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("its directory cannot be opened: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		err = unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { d.Close() }, nil // closing unlocks
		}
		if time.Now().After(end) || !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			d.Close()
			return nil, fmt.Errorf("its directory cannot be locked: %w", err)
		}
	}
}

var errInUse = errors.New("another program listens on it: stop that one or name another socket")

// removeStale removes a socket that nobody listens on; anything else at path is an error.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return errors.New("there is something else at this name, not a socket: remove it or name another")
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		c.Close()
		return errInUse
	case errors.Is(err, unix.ECONNREFUSED):
		return os.Remove(path)
	case errors.Is(err, unix.EAGAIN):
		return errInUse // its queue of clients is full
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return fmt.Errorf("it exists and cannot be tried: %w", err)
}

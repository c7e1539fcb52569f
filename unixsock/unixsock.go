// Package unixsock makes the sockets that gvpp's clients come by: for a group, and where a socket that nobody listens on is in
// the way, in its place.
//
// Invariant: a socket that somebody listens on is never removed, and neither is anything that is no socket.
//
// The package knows nothing of what is said on the sockets: api/server, cli and stats do.
package unixsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The networks.
const (
	Stream    = "unix"       // SOCK_STREAM
	SeqPacket = "unixpacket" // SOCK_SEQPACKET
)

// Mode is that of the sockets: owner and group may use them.
const Mode = 0o660

// ErrInUse is what Listen gives for a socket that somebody listens on.
var ErrInUse = errors.New("another program listens on it: stop that one or name another socket")

// maxSocketPath is what fits sun_path with its NUL, in bytes.
const maxSocketPath = 107

// lockWait bounds the wait for another program that makes a socket in the same directory. Making one takes microseconds; but
// whoever may read the directory may hold its lock for ever, and must not keep this program from starting: it goes on then.
const lockWait = time.Second

// Listener listens on a socket with a name. Its Close removes that name.
type Listener struct {
	*net.UnixListener
	path  string
	made  os.FileInfo // to remove no other's socket
	close sync.Once
	err   error
}

// Listen makes the socket at path, whose directory exists. Group is a name or a number; "" is the process's own. A socket of
// either network that somebody listens on is refused with ErrInUse, one that nobody listens on is replaced.
func Listen(network, path, group string) (*Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("socket %q: its name has %d bytes, the limit is %d", path, len(path), maxSocketPath)
	}
	gid, err := groupID(group)
	if err != nil {
		return nil, err
	}
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("socket %q: %w", path, err)
	}
	defer unlock()
	if err := removeStale(network, path); err != nil {
		return nil, fmt.Errorf("socket %q: %w", path, err)
	}
	lc := net.ListenConfig{Control: tighten}
	nl, err := lc.Listen(context.Background(), network, path)
	if err != nil {
		return nil, fmt.Errorf("socket %q: %w", path, err)
	}
	l := &Listener{UnixListener: nl.(*net.UnixListener), path: path}
	l.SetUnlinkOnClose(false) // Close does, and looks whether it is still ours
	l.made, err = os.Lstat(path)
	if err == nil {
		err = admit(path, gid)
	}
	if err != nil {
		l.UnixListener.Close()
		os.Remove(path)
		return nil, fmt.Errorf("socket %q: %w", path, err)
	}
	return l, nil
}

// Close ends listening and removes the socket if it is still the one that Listen made. Further calls do nothing.
func (l *Listener) Close() error {
	l.close.Do(func() {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.made) {
			os.Remove(l.path)
		}
		l.err = l.UnixListener.Close()
	})
	return l.err
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
	return os.Chmod(path, Mode)
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
		return -1, fmt.Errorf("socket group %q: no such group: create it or give a number", group)
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
		if errors.Is(err, unix.EWOULDBLOCK) && time.Now().After(end) {
			return func() { d.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			d.Close()
			return nil, fmt.Errorf("its directory cannot be locked: %w", err)
		}
	}
}

// removeStale removes a socket that nobody listens on; anything else at path is an error.
func removeStale(network, path string) error {
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
	c, err := net.DialTimeout(network, path, time.Second)
	switch {
	case err == nil:
		c.Close()
		return ErrInUse
	case errors.Is(err, unix.ECONNREFUSED):
		return os.Remove(path)
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EPROTOTYPE):
		return ErrInUse // its queue of clients is full, or it is of another network
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return fmt.Errorf("it exists and cannot be tried: %w", err)
}

package hostlink

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// While the host moves, either way, there are moments in which nothing would carry its packets if gvpp ended just then. A
// guard is a process of its own session that gets to know the end of gvpp by the end of a pipe, and then undoes what the
// journal tells, unless gvpp has said that the host is safe.

// What gvpp tells its guard.
const (
	hostMoves = 'm' // Undo if this is the last word, or none was
	hostSafe  = 's' // the bridge carries its packets, or nothing has been changed
)

// Guard watches over Setup and Undo of this process: the command has to call Watch with its standard input.
func (f *Filter) Guard(guard *exec.Cmd) error {
	guard.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := guard.StdinPipe()
	if err == nil {
		err = guard.Start()
	}
	if err != nil {
		return fmt.Errorf("starting the process that watches over this one: %w", err)
	}
	f.guard = pipe
	return nil
}

// tell is no error where there is no guard any more: then nobody undoes.
func (f *Filter) tell(word byte) {
	if f.guard != nil {
		_, _ = f.guard.Write([]byte{word})
	}
}

// Watch is the guard of the filter that process pid makes on the NIC: it ends with that process, and reports whether it
// had to undo.
func Watch(nic, stateDir string, pid int, pipe io.Reader) (undone bool, err error) {
	last := byte(hostMoves)
	for b := make([]byte, 64); ; {
		n, err := pipe.Read(b)
		if n > 0 {
			last = b[n-1]
		}
		if err != nil {
			break
		}
	}
	if _, err := os.Stat(journalPath(stateDir, nic)); last == hostSafe || errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	f, err := Load(nic, stateDir)
	if err != nil || f.PID != pid {
		return false, err // of another one
	}
	return true, f.Undo()
}

// lock waits until nobody else undoes. gone is that somebody else has, so that nothing is left to do.
func (f *Filter) lock() (unlock func(), gone bool, err error) {
	file, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return func() {}, f.PID != os.Getpid(), nil // our own is undone even if somebody has removed its journal
	}
	if err != nil {
		return nil, false, fmt.Errorf("journal: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		file.Close()
		return nil, false, fmt.Errorf("journal %s: waiting for its lock: %w", f.path, err)
	}
	var now, locked unix.Stat_t
	removed := unix.Fstat(int(file.Fd()), &locked) != nil || unix.Stat(f.path, &now) != nil || now.Ino != locked.Ino
	return func() { file.Close() }, removed && f.PID != os.Getpid(), nil
}

package systest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal with gvpp ctl on it.
type terminal struct {
	t    *testing.T
	tty  *os.File
	cmd  *exec.Cmd
	mu   sync.Mutex
	all  []byte // guarded by mu: what was written on it
	seen int    // bytes of all that await has passed
}

// onTerminal starts gvpp ctl on a terminal. home is where it keeps its history.
func onTerminal(t *testing.T, s *site, home string) *terminal {
	t.Helper()
	master, slave, err := openTerminal()
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s: no pseudo-terminals here: %v", t.Name(), err)
	}
	ok(t, err)
	cmd := gvpp(t, "ctl", "-s", s.socket)
	cmd.Env = append(cmd.Env, "HOME="+home, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ok(t, start(cmd, nil))
	slave.Close()
	x := &terminal{t: t, tty: master, cmd: cmd}
	t.Cleanup(func() { _ = cmd.Process.Kill(); master.Close() })
	go x.pump()
	return x
}

func openTerminal() (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	return master, slave, err
}

func (x *terminal) pump() {
	b := make([]byte, 4096)
	for {
		n, err := x.tty.Read(b)
		x.mu.Lock()
		x.all = append(x.all, b[:n]...)
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *terminal) types(keys string) {
	x.t.Helper()
	_, err := x.tty.WriteString(keys)
	ok(x.t, err)
}

func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.all)
}

// await waits for the words behind those that were awaited before.
func (x *terminal) await(words string) {
	x.t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		new := x.shown()[x.seen:]
		if i := strings.Index(new, words); i >= 0 {
			x.seen += i + len(words)
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("the terminal does not show %q, but %q", words, new)
		}
	}
}

// leaves waits for the program's end.
func (x *terminal) leaves() {
	x.t.Helper()
	done := make(chan error, 1)
	go func() { done <- x.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			x.t.Errorf("gvpp ctl ends with %v", err)
		}
	case <-time.After(5 * time.Second):
		x.t.Error("gvpp ctl does not end")
	}
}

const (
	prompt  = "gvpp# "
	arrowUp = "\x1b[A"
	ctrlC   = "\x03"
	ctrlD   = "\x04"
)

func TestInteractive(t *testing.T) {
	_, s := withoutInterfaces(t)
	home := t.TempDir()
	x := onTerminal(t, s, home)
	x.await(prompt)
	x.types("show ver\t\r") // completed
	x.await("show version")
	x.await("linux/")
	x.await(prompt)
	x.types("show b\t") // two candidates
	x.await("bridge-domain  buffers")
	x.types("uff\t\r")
	x.await("buffers of")
	x.await(prompt)
	x.types("show nosuch\r")
	x.await("unknown input `nosuch'")
	x.await(prompt)
	x.types("half a line" + ctrlC)
	x.await("^C")
	x.await(prompt)
	x.types(arrowUp + arrowUp + arrowUp + "\r") // past the wrong one and show buffers
	x.await("linux/")
	x.await(prompt)
	x.types(ctrlD)
	x.leaves()
	if all := x.shown(); strings.Contains(all, "unknown input `half") {
		t.Errorf("the line that Ctrl-C ended was run: %q", all)
	}
	if text, err := os.ReadFile(filepath.Join(home, ".gvpp_history")); err != nil || !strings.Contains(string(text), "show version\n") {
		t.Errorf("the history is %q, %v", text, err)
	}

	x = onTerminal(t, s, home) // a new session remembers
	x.await(prompt)
	x.types(arrowUp)
	x.await("show version")
	x.types("\r")
	x.await("linux/")
	x.await(prompt)
	x.types("quit\r")
	x.leaves()
}

// gvpp's end is told to who sits at the terminal, and its return is not missed.
func TestInteractiveRestart(t *testing.T) {
	d, s := withoutInterfaces(t)
	x := onTerminal(t, s, t.TempDir())
	x.await(prompt)
	x.types("show version\r")
	x.await("linux/")
	x.await(prompt)
	d.stop(syscall.SIGTERM, s.socket)
	x.types("show version\r")
	x.await("no gvpp listens")
	x.await(prompt)
	s.runBare()
	x.types("show version\r")
	x.await("linux/")
}

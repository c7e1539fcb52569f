package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// interactEnv makes the test program a client on its terminal: it holds the socket's path.
const interactEnv = "GVPP_TEST_INTERACT"

func TestMain(m *testing.M) {
	path := os.Getenv(interactEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	c, err := Dial(context.Background(), path)
	if err == nil {
		err = Interact(context.Background(), c, Options{History: path + ".d/history"})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("left")
}

// screen is the master of a pseudo-terminal with all that was written on it.
type screen struct {
	t    *testing.T
	tty  *os.File
	read chan []byte
	all  []byte
	seen int // bytes of all that await has passed
}

// interact starts a client of the socket on a terminal.
func interact(t *testing.T, path string) (*screen, *exec.Cmd) {
	t.Helper()
	master, slave := openPTY(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), interactEnv+"="+path, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() { cmd.Process.Kill(); master.Close() })
	s := &screen{t: t, tty: master, read: make(chan []byte, 100)}
	go s.pump()
	return s, cmd
}

func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func (s *screen) pump() {
	defer close(s.read)
	for {
		b := make([]byte, 4096)
		n, err := s.tty.Read(b)
		if err != nil {
			return
		}
		s.read <- b[:n]
	}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]|\r`)

// await waits until want appears behind what was awaited before.
func (s *screen) await(want string) {
	s.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		text := escapes.ReplaceAllString(string(s.all), "")
		if i := strings.Index(text[min(s.seen, len(text)):], want); i >= 0 {
			s.seen += i + len(want)
			return
		}
		select {
		case b, ok := <-s.read:
			if !ok {
				s.t.Fatalf("the end came before %q; the screen had %q", want, text[s.seen:])
			}
			s.all = append(s.all, b...)
		case <-timeout:
			s.t.Fatalf("%q does not come; the screen has %q", want, text[s.seen:])
		}
	}
}

func (s *screen) keys(k string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(k); err != nil {
		s.t.Fatal(err)
	}
}

// TestInteract types on a terminal: a command, a completed one, a cancelled one, a mistake, a history, and the way out.
func TestInteract(t *testing.T) {
	path := serve(t, nil)
	s, cmd := interact(t, path)
	s.await("gvpp# ")
	s.keys("sh err\r")
	s.await("show errors []\n")
	s.await("gvpp# ")
	s.keys("clas\tde\truleX\x7f eth0\r")
	s.await("classify delete rule [eth0]\n")
	s.await("gvpp# ")
	s.keys("wait\r")
	s.await("wait")
	time.Sleep(100 * time.Millisecond) // the key has to come while the command runs, not while the line is edited
	s.keys("\x03")
	s.await("cancelled\n")
	s.await("gvpp# ")
	s.keys("foo\r")
	s.await("unknown input `foo'\n")
	s.await("gvpp# ")
	s.keys("show not this\x03")
	s.await("gvpp# ")
	s.keys("sh tr {\r a\r")
	s.await("    >  a\n    > ")
	s.keys("}\r")
	s.await("show trace [{ a }]\ngvpp# ")
	s.keys("sh tr {\r\x03")
	s.await("    > ^C\ngvpp# ")
	s.keys("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\r") // four lines of blocks, foo, wait, classify
	s.await("classify delete rule [eth0]\n")
	s.await("gvpp# ")
	s.keys("\x04")
	s.await("left")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	history, err := os.ReadFile(filepath.Join(path+".d", "history"))
	if err != nil || !bytes.Contains(history, []byte("sh err")) || bytes.Contains(history, []byte("not this")) {
		t.Errorf("history %s, %v", history, err)
	}
}

// TestInteractTypeAhead types faster than commands run; nothing of it may be lost.
func TestInteractTypeAhead(t *testing.T) {
	const lines = 30
	s, _ := interact(t, serve(t, nil))
	s.await("gvpp# ")
	for i := range lines {
		s.keys(fmt.Sprintf("show errors line%d\r", i))
	}
	for i := range lines {
		s.await(fmt.Sprintf("show errors [line%d]\n", i))
	}
}

// TestInteractKeys lists candidates, moves with the keys of all terminals and edits in the middle of the line.
func TestInteractKeys(t *testing.T) {
	s, _ := interact(t, serve(t, nil))
	s.await("gvpp# ")
	s.keys("sh\t\t")
	s.await("errors  int  interface  trace\n")
	s.await("gvpp# show ")
	s.keys("rrors\x1bOD\x1b[D\x1b[D\x1b[D\x1b[De\x1b[4~ x\x1b[1~\x1b[3~s\r")
	s.await("show errors [x]\n")
}

// TestInteractNeedsTerminal says what to do instead.
func TestInteractNeedsTerminal(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), interactEnv+"="+serve(t, nil))
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), "standard input is not a terminal: give a command, or pipe lines in") {
		t.Errorf("got %q, %v", out, err)
	}
}

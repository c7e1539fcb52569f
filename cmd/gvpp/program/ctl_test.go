package program

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp"
)

// TestCtlInterrupt presses Ctrl-C while a command runs in an interactive gvpp ctl: the command ends, the next one runs, and
// again. SIGTERM ends the program.
func TestCtlInterrupt(t *testing.T) {
	program, dir := buildProgram(t), t.TempDir()
	s, err := readStartup("", strings.Fields("unix { runtime-dir "+dir+" }"), io.Discard)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	err = s.serve(ctx, slog.New(slog.DiscardHandler), func(*gvpp.Dataplane) error {
		go func() {
			defer cancel()
			interruptTwice(t, program, filepath.Join(dir, "cli.sock"))
		}()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCtlWait is gvpp ctl before the gvpp that it is for.
func TestCtlWait(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "cli.sock")
	ctl := func(args ...string) (string, int) {
		var out, fault bytes.Buffer
		code := run(t.Context(), append([]string{"ctl", "-s", socket}, args...), &out, &fault)
		return out.String() + fault.String(), code
	}
	for flag, want := range map[string]string{"--wait=0.05": "after 50ms still no gvpp listens on " + socket, "--wait=0": "no gvpp listens"} {
		if out, code := ctl(flag, "show", "version"); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: %q, exit %d, want %q", flag, out, code, want)
		}
	}
	for _, flag := range []string{"--wait=soon", "--wait=-1", "--wait=86401", "--wait=NaN"} {
		if out, code := ctl(flag, "show", "version"); code != 2 || !strings.Contains(out, "want seconds, 0 to 86400") {
			t.Errorf("%s: %q, exit %d", flag, out, code)
		}
	}
	s, err := readStartup("", strings.Fields("unix { runtime-dir "+dir+" }"), io.Discard)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		if out, code := ctl("--wait", "show", "version"); code != 0 || !strings.HasPrefix(out, "gvpp ") {
			t.Errorf("%q, exit %d", out, code)
		}
	}()
	must(t, s.serve(ctx, slog.New(slog.DiscardHandler), func(*gvpp.Dataplane) error { return nil }))
}

func interruptTwice(t *testing.T, program, socket string) {
	master, terminal := pty(t)
	cmd := exec.Command(program, "ctl", "-s", socket)
	cmd.Env = append(os.Environ(), "TERM=xterm", "HOME="+t.TempDir())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	defer cmd.Process.Kill()
	terminal.Close()
	shown := make(chan string, 100)
	go func() {
		defer close(shown)
		for b := make([]byte, 4096); ; {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			shown <- string(b[:n])
		}
	}()
	s := &shownText{T: t, from: shown}
	for range 2 {
		if !s.await("gvpp# ", nil) {
			return
		}
		master.WriteString("wait 20\r")
		if !s.await("cancelled", func() { pressInterrupt(master) }) || !s.await("gvpp# ", nil) {
			return
		}
		master.WriteString("show version\r")
		if !s.await("gvpp ", nil) {
			return
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("SIGTERM: %v, want exit code 130", cmd.ProcessState)
	}
}

// pressInterrupt types Ctrl-C where it is a signal: while a line is edited it is a key.
func pressInterrupt(master *os.File) {
	if mode, err := unix.IoctlGetTermios(int(master.Fd()), unix.TCGETS); err == nil && mode.Lflag&unix.ISIG != 0 {
		master.WriteString("\x03")
	}
}

// shownText is what a terminal shows, behind what was awaited before.
type shownText struct {
	*testing.T
	from <-chan string
	rest string
}

// await waits until want is shown, and calls again, if not nil, from time to time meanwhile.
func (s *shownText) await(want string, again func()) bool {
	s.Helper()
	timeout, tick := time.After(10*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		if _, behind, ok := strings.Cut(s.rest, want); ok {
			s.rest = behind
			return true
		}
		select {
		case text, ok := <-s.from:
			if s.rest += text; !ok {
				s.Errorf("it ended before %q came, with %q", want, s.rest)
				return false
			}
		case <-tick.C:
			if again != nil {
				again()
			}
		case <-timeout:
			s.Errorf("%q does not come, but %q", want, s.rest)
			return false
		}
	}
}

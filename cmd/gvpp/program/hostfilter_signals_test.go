package program

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestHostFilterSignals(t *testing.T) {
	needRoot(t)
	path := buildProgram(t)
	for _, test := range []struct {
		name string
		f    func(*filterLab)
	}{{"background", filterBackground}, {"closed pipe", filterClosedPipe}} {
		t.Run(test.name, func(t *testing.T) { test.f(newFilterLab(t, path)) })
	}
}

// pty is both ends of a new terminal.
func pty(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { terminal.Close() })
	return master, terminal
}

// In the background of a shell, nobody is there to press Enter: the timer runs out and the host is put back.
func filterBackground(f *filterLab) {
	before := f.dump()
	_, terminal := pty(f.T)
	script := fmt.Sprintf(`set -m; %s host-filter --state %s --confirm 2 nic unix { cli-listen %s/cli.sock } 2>%s/err & wait $!; echo $? >%s/rc`,
		f.program, f.state, f.state, f.state, f.state)
	sh := exec.Command("sh", "-c", script)
	sh.Stdin, sh.Stdout, sh.Stderr = terminal, terminal, terminal
	sh.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(f.T, f.host.Do(sh.Start))
	ended := make(chan error, 1)
	go func() { ended <- sh.Wait() }()
	text := func(name string) string { b, _ := os.ReadFile(f.state + "/" + name); return string(b) }
	for end := time.Now().Add(5 * time.Second); !strings.Contains(text("err"), "press Enter") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if err := pings(f.outside, "10.1.0.2"); err != nil {
		f.Errorf("while it waits: %v", err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		sh.Process.Kill()
		f.Fatalf("it does not end: %s", text("err"))
	}
	if !strings.Contains(text("err"), "nobody confirmed") || strings.TrimSpace(text("rc")) != "1" {
		f.Errorf("exit code %s: %s", text("rc"), text("err"))
	}
	f.same(before)
}

// Nobody reads its messages any more: it goes on, and puts everything back at its end.
func filterClosedPipe(f *filterLab) {
	before := f.dump()
	r, w, err := os.Pipe()
	must(f.T, err)
	cmd := exec.Command(f.program, "host-filter", "--state", f.state, "--confirm", "60", "nic", "unix", "{", "cli-listen", f.state+"/cli.sock", "}")
	cmd.Stdout, cmd.Stderr = w, w
	must(f.T, f.host.Do(cmd.Start))
	w.Close()
	said := ""
	for b := make([]byte, 4096); !strings.Contains(said, "press Enter"); {
		n, err := r.Read(b)
		if err != nil {
			f.Fatalf("%v after %q", err, said)
		}
		said += string(b[:n])
	}
	r.Close()
	must(f.T, cmd.Process.Signal(syscall.SIGUSR1)) // it says "confirmed"
	time.Sleep(200 * time.Millisecond)
	f.ctl("show version")
	must(f.T, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		f.Errorf("it ended with %v", err)
	}
	f.same(before)
}

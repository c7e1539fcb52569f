package program

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildProgram builds this program for a test and its children, where users that are not root can run it.
func buildProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "gvpp")
	if out, err := exec.Command("go", "build", "-o", path, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func needRoot(t *testing.T) {
	t.Helper()
	if missing := missingCapabilities(); len(missing) > 0 {
		t.Skipf("needs root: this process lacks %s", strings.Join(missing, ", "))
	}
}

// remains is what a demo or its children may leave behind. Only processes of the program under test count.
func remains(path string) (list []string) {
	exes, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, e := range exes {
		if to, err := os.Readlink(e); err == nil && to == path {
			list = append(list, "process "+strings.Split(e, "/")[2])
		}
	}
	for _, pattern := range []string{"/run/netns/*", filepath.Join(os.TempDir(), "gvpp-demo-*")} {
		files, _ := filepath.Glob(pattern)
		list = append(list, files...)
	}
	for _, name := range interfaceNames() {
		list = append(list, "interface "+name)
	}
	return list
}

// sameRemains waits a moment for what the kernel does behind the back of a killed process.
func sameRemains(t *testing.T, path string, before []string) {
	t.Helper()
	var now []string
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if now = remains(path); slices.Equal(before, now) {
			return
		}
	}
	t.Errorf("left behind:\n%q, before\n%q", now, before)
}

// demoRun is a demo under way, as a process.
type demoRun struct {
	*exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (d *demoRun) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *demoRun) output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func startDemo(t *testing.T, path string, attr *syscall.SysProcAttr, args ...string) *demoRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	d := &demoRun{Cmd: exec.CommandContext(ctx, path, append([]string{"demo"}, args...)...)}
	d.Stdout, d.Stderr, d.SysProcAttr = d, d, attr
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *demoRun) waitFor(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(d.output(), text) {
			return
		}
	}
	t.Fatalf("%q does not come:\n%s", text, d.output())
}

func TestDemo(t *testing.T) {
	path := buildProgram(t)
	for _, test := range []struct {
		name string
		f    func(*testing.T, string)
	}{{"live", demoLive}, {"interrupted", demoInterrupted}, {"killed", demoKilled}, {"replay", demoReplay}} {
		t.Run(test.name, func(t *testing.T) { test.f(t, path) })
	}
}

func demoLive(t *testing.T, path string) {
	needRoot(t)
	before := remains(path)
	start := time.Now()
	d := startDemo(t, path, nil)
	if err := d.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, d.output())
	}
	t.Logf("took %v", time.Since(start))
	out := d.output()
	for _, want := range []string{"1. A cable", "4. A redirect", "dropped by a rule", "native copy", "carol answers", "5. Tracking", "out of the window: rule 3 has dropped 3", "7. A switch and a router", "10.9.0.254 says so", "dave answers", "8. kill -9", "expectations held"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in it", want)
		}
	}
	if strings.Contains(out, "✗") || strings.Count(out, "✓") < 38 || strings.Contains(out, "\x1b") {
		t.Errorf("marks or escapes:\n%s", out)
	}
	sameRemains(t, path, before)
}

func demoInterrupted(t *testing.T, path string) {
	needRoot(t)
	before := remains(path)
	for _, at := range []string{"gvpp demo", "gvpp run", "2. A rule"} {
		d := startDemo(t, path, nil)
		d.waitFor(t, at)
		if err := d.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_ = d.Wait()
		if code := d.ProcessState.ExitCode(); code != 130 {
			t.Errorf("at %q: exit code %d\n%s", at, code, d.output())
		}
		t.Logf("at %q: ended %v after the signal", at, time.Since(start))
		sameRemains(t, path, before)
	}
}

func demoKilled(t *testing.T, path string) {
	needRoot(t)
	before := remains(path)
	d := startDemo(t, path, nil)
	d.waitFor(t, "2. A rule")
	if err := d.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = d.Wait()
	sameRemains(t, path, before)
}

func demoReplay(t *testing.T, path string) {
	var attr *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	before := remains(path)
	for _, args := range [][]string{nil, {"--replay"}} {
		d := startDemo(t, path, attr, args...)
		if err := d.Wait(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, d.output())
		}
		out := d.output()
		if strings.Contains(out, "✗") || strings.Count(out, "✓") < 28 {
			t.Errorf("%q:\n%s", args, out)
		}
		if args == nil && !strings.Contains(out, "CAP_NET_ADMIN") {
			t.Errorf("it does not say what it needs:\n%s", out)
		}
	}
	sameRemains(t, path, before)
}

// An expectation that does not hold is an error.
func TestStoryFails(t *testing.T) {
	var b bytes.Buffer
	s := newStory(&b)
	s.check(true, "water is wet")
	s.check(false, "water is %s", "dry")
	err := s.end(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "1 of 2") || !strings.Contains(b.String(), "✗ water is dry") {
		t.Errorf("%v\n%s", err, &b)
	}
}

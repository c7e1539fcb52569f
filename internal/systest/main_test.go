package systest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"github.com/gvpp/gvpp/internal/netlab"
)

// scratch is the directory of the program under test, gone when the tests end.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "gvpp-systest-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go spawner()
	code := netlab.Exclusive(m.Run)
	os.RemoveAll(scratch)
	os.Exit(code)
}

// program is the path of the program under test, built once.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "gvpp")
	args := []string{"build", "-o", path}
	if checked {
		args = append(args, "-tags", "gvppdebug")
	}
	out, err := exec.Command("go", append(args, "github.com/gvpp/gvpp/cmd/gvpp")...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("building gvpp: %w\n%s", err, out)
	}
	return path, err
})

// spawn is a process to start, in a namespace if that is not nil.
type spawn struct {
	cmd     *exec.Cmd
	in      *netlab.Host
	started chan error
}

var spawns = make(chan spawn)

// spawner starts all processes, on a thread that lives as long as the tests: a process dies with the thread that started
// it, so that none outlives tests that are broken off.
func spawner() {
	runtime.LockOSThread()
	home, err := netns.Get()
	for s := range spawns {
		if err == nil && s.in != nil {
			err = netlab.Enter(s.in.FD())
		}
		if err == nil {
			err = s.cmd.Start()
		}
		s.started <- err
		err = nil
		if s.in != nil {
			err = netns.Set(home)
		}
	}
}

// start starts a process.
func start(cmd *exec.Cmd, in *netlab.Host) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	s := spawn{cmd, in, make(chan error)}
	spawns <- s
	return <-s.started
}

// gvpp is the program as a command that has not been started.
func gvpp(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	ok(t, err)
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "HOME="+scratch)
	return cmd
}

// result is what became of a process that has ended.
type result struct {
	out, err string // standard output and standard error
	code     int
}

// output runs gvpp to its end, in a namespace if that is not nil.
func output(t testing.TB, in *netlab.Host, args ...string) result {
	t.Helper()
	return finish(t, in, gvpp(t, args...))
}

func finish(t testing.TB, in *netlab.Host, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	ok(t, start(cmd, in))
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // one that was to end by itself, and does not
	_ = cmd.Wait()                                                           // the exit code tells
	late.Stop()
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// wants fails unless the process ended with the code and its error has all the words.
func (r result) wants(t testing.TB, code int, words ...string) {
	t.Helper()
	all := r.out + r.err
	if r.code != code {
		t.Errorf("exit code %d, want %d:\n%s", r.code, code, all)
	}
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%q is missing in:\n%s", w, all)
		}
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

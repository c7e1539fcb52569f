package interop

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// running is a program gvpp that runs, with its sockets in dir.
type running struct {
	dir string
	cmd *exec.Cmd
	log chan string // what it has logged, once it has ended
}

// startProgram runs the program as an operator does, who need not be root.
func startProgram(t *testing.T) *running {
	t.Helper()
	r := &running{dir: t.TempDir(), log: make(chan string, 1)}
	conf := filepath.Join(r.dir, "startup.conf")
	text := fmt.Sprintf("unix { runtime-dir %s nobanner }\ncpu { workers 2 }\nbuffers { buffers-per-numa 4096 }\nflowtrack { sessions 4096 }\nstatseg { update-interval 0.1 }\n", r.dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err := build()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd = exec.Command(made.program, "run", "-c", conf)
	out, err := r.cmd.StderrPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	ready := make(chan bool, 1)
	go func() {
		var all strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(&all, lines.Text())
			if strings.Contains(lines.Text(), "msg=running") {
				ready <- true
			}
		}
		close(ready)
		r.log <- all.String()
	}()
	if !<-ready {
		t.Fatalf("gvpp run: %v\n%s", r.cmd.Wait(), <-r.log)
	}
	return r
}

// end ends the program, which says nothing of errors and leaves no socket.
func (r *running) end(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-r.log
	if err := r.cmd.Wait(); err != nil || strings.Contains(log, "level=ERROR") {
		t.Errorf("gvpp run: %v\n%s", err, log)
	}
	if left, err := filepath.Glob(filepath.Join(r.dir, "*.sock")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The program itself: its sockets, its startup.conf, its descriptions.
func TestPAPIProgram(t *testing.T) {
	p := papi(t)
	r := startProgram(t)
	p.script(t, "program", r.dir, func([]string) (any, error) { return nil, errors.New("the program takes no packets") })
	r.end(t)
}

package systest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/cli"
)

// daemon is a running gvpp.
type daemon struct {
	t    testing.TB
	cmd  *exec.Cmd
	cli  *cli.Client
	log  *logLines
	done chan struct{} // closed when it has ended
	told bool          // to end, by the test
}

// logLines is what a process writes.
type logLines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startTimeout bounds a start. It takes some 100 ms; on a busy machine several times that.
const startTimeout = 10 * time.Second

// run starts gvpp with left and right cross-connected.
func (s *site) run(stanzas ...string) *daemon {
	s.t.Helper()
	d := s.runBare(append([]string{"af_xdp", "{", "interface", "left", "interface", "right", "}"}, stanzas...)...)
	d.ctl("set interface l2 xconnect left right")
	return d
}

// runBare starts gvpp in its namespace and waits until its CLI answers. At the test's end it must still be there, or
// have been ended by the test.
func (s *site) runBare(stanzas ...string) *daemon {
	s.t.Helper()
	var words []string
	for _, w := range stanzas {
		words = append(words, strings.Fields(w)...)
	}
	args := append([]string{"run", "unix", "{", "cli-listen", s.socket, "}"}, words...)
	return launch(s.t, gvpp(s.t, args...), s)
}

func launch(t testing.TB, cmd *exec.Cmd, s *site) *daemon {
	t.Helper()
	d := &daemon{t: t, cmd: cmd, log: &logLines{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if s.dp == nil {
		ok(t, start(cmd, nil))
	} else {
		ok(t, start(cmd, s.dp))
	}
	go func() { _ = cmd.Wait(); close(d.done) }()
	t.Cleanup(d.cleanup)
	d.connect(s.socket)
	return d
}

// connect waits for the CLI.
func (d *daemon) connect(socket string) {
	d.t.Helper()
	for end := time.Now().Add(startTimeout); ; time.Sleep(5 * time.Millisecond) {
		c, err := cli.Dial(context.Background(), socket)
		if err == nil {
			if _, err = c.Exec(context.Background(), "show version", false); err == nil {
				d.cli = c
				return
			}
			c.Close()
		}
		if d.ended() || time.Now().After(end) {
			d.t.Fatalf("gvpp does not answer: %v; it says:\n%s", err, d.log)
		}
	}
}

func (d *daemon) ended() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

func (d *daemon) cleanup() {
	if d.cli != nil {
		d.cli.Close()
	}
	if d.ended() && !d.told {
		d.t.Error("gvpp has ended by itself")
	}
	for _, bad := range []string{"level=ERROR", "panic", "fatal error", "DATA RACE"} {
		if strings.Contains(d.log.String(), bad) {
			d.t.Errorf("gvpp said %q", bad)
		}
	}
	if !d.ended() {
		_ = d.cmd.Process.Kill()
		<-d.done
	}
	if d.t.Failed() {
		d.t.Logf("gvpp said:\n%s", d.log)
	}
}

// ctl gives a command, which must succeed, and returns its output.
func (d *daemon) ctl(line string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := d.cli.Exec(ctx, line, false)
	if err != nil {
		d.t.Fatalf("%s: %v\ngvpp said:\n%s", line, err, d.log)
	}
	return out
}

// show gives a command and decodes its JSON into v.
func (d *daemon) show(line string, v any) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := d.cli.Exec(ctx, line, true)
	if err != nil {
		d.t.Fatalf("%s: %v\ngvpp said:\n%s", line, err, d.log)
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		d.t.Fatalf("%s gives %q: %v", line, out, err)
	}
}

// addRule adds a rule and returns its id.
func (d *daemon) addRule(rule string) uint32 {
	d.t.Helper()
	var added struct{ Rule uint32 }
	d.show("classify add rule "+rule, &added)
	return added.Rule
}

// kill ends gvpp as nothing should and waits until the kernel is done with it.
func (d *daemon) kill() {
	d.t.Helper()
	d.told = true
	ok(d.t, d.cmd.Process.Kill())
	<-d.done
}

// stop ends gvpp with a signal, and fails unless it goes in order: in time, with code 0, its socket removed.
func (d *daemon) stop(sig syscall.Signal, socket string) time.Duration {
	d.t.Helper()
	d.told = true
	start := time.Now()
	ok(d.t, d.cmd.Process.Signal(sig))
	select {
	case <-d.done:
	case <-time.After(10 * time.Second):
		d.t.Fatalf("gvpp does not end on %v", sig)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("exit code %d after %v; gvpp said:\n%s", code, sig, d.log)
	}
	if _, err := os.Lstat(socket); !os.IsNotExist(err) {
		d.t.Errorf("the CLI socket is still there: %v", err)
	}
	return time.Since(start)
}

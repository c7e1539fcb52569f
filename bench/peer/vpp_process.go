package peer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// How long a vpp may take to open its CLI socket, and to end when it is told to.
const (
	vppStartPatience = 20 * time.Second
	vppEndPatience   = 5 * time.Second
)

// vppPrefix begins the name of everything that a vpp of ours leaves outside its process: its folder and its shared memory.
// The process id of this program follows, so that what a killed run has left can be told from what is in use.
const vppPrefix = "gvpp-bench-vpp-"

var vppCount atomic.Uint32

// vppProcess is a running vpp. Its methods are called from one goroutine.
type vppProcess struct {
	*vppCLI
	name    string // of its folder and its shared memory
	cmd     *exec.Cmd
	ended   chan struct{} // closed when it has ended and was waited for
	stopped bool
	huge    bool   // its heap is in huge pages
	pages   int    // huge pages that it has reserved from the kernel for its buffers, and would leave reserved
	clocks  string // schedstat of the worker's thread
}

// vppTries is how often a start is tried: on a machine that is busy for a second, a vpp takes its worker for dead and aborts.
const vppTries = 3

// startVPP starts a vpp and waits until its CLI answers. It is left running.
func startVPP(b vppBinary, s vppSetting) (p *vppProcess, err error) {
	mainCore, worker, err := vppCores(s.worker)
	if err != nil {
		return nil, err
	}
	s.worker = worker
	removeLeftovers()
	for range vppTries {
		p, err = startOnce(b, s, mainCore)
		if err == nil || !strings.Contains(err.Error(), "deadlock") {
			break
		}
	}
	return p, err
}

func startOnce(b vppBinary, s vppSetting, mainCore int) (p *vppProcess, err error) {
	p = &vppProcess{
		name: fmt.Sprintf("%s%d-%d", vppPrefix, os.Getpid(), vppCount.Add(1)),
		huge: vppHeapPages() != "", ended: make(chan struct{}),
	}
	dir := p.folder()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "startup.conf")
	if err := os.WriteFile(conf, []byte(b.conf(s, dir, p.name, mainCore)), 0o600); err != nil {
		return nil, errors.Join(err, p.removeFiles())
	}
	pages := reservedPages()
	if err := p.launch(b.path, conf, s.netns); err != nil {
		return nil, errors.Join(err, p.removeFiles())
	}
	err = p.connect()
	p.pages = reservedPages() - pages
	if err == nil {
		p.clocks, err = workerClocks(p.cmd.Process.Pid)
	}
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

func (p *vppProcess) folder() string { return filepath.Join(os.TempDir(), p.name) }

// launch starts the program from a thread of its own: the signal of the parent's death comes when that thread ends, and a
// namespace belongs to a thread.
func (p *vppProcess) launch(path, conf string, netns int) error {
	log, err := os.Create(p.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command(path, "-c", conf)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine, when the child has ended
		var err error
		if netns != 0 {
			err = netlab.Enter(netns)
		}
		if err == nil {
			err = p.cmd.Start()
		}
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in its log
		}
		close(p.ended)
	}()
	return <-started
}

func (p *vppProcess) logFile() string { return filepath.Join(p.folder(), "output") }

// connect waits for the CLI socket.
func (p *vppProcess) connect() error {
	for deadline := time.Now().Add(vppStartPatience); ; {
		c, err := dialVPP(p.folder())
		if err == nil {
			p.vppCLI = c
			if _, err = c.run("show version"); err != nil {
				err = fmt.Errorf("%w; it said %q", err, p.lastWords())
			}
			return err
		}
		select {
		case <-p.ended:
			return fmt.Errorf("vpp ended while starting; it said %q", p.lastWords())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("vpp did not open its CLI within %v (%w); it said %q", vppStartPatience, err, p.lastWords())
		}
	}
}

// lastWords is the end of what it has printed.
func (p *vppProcess) lastWords() string {
	text, _ := os.ReadFile(p.logFile())
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "     from ") && !strings.HasPrefix(line, "vat-plug/") {
			lines = append(lines, line) // no frames of a backtrace, no missing test plugins
		}
	}
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// pause stops it and its spinning worker, and returns when no thread of it runs; resume lets it go on.
func (p *vppProcess) pause() error {
	if p.stopped {
		return nil
	}
	if err := p.signal(unix.SIGSTOP); err != nil {
		return err
	}
	p.stopped = true
	err := error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		err = unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WSTOPPED, nil)
	}
	if err != nil && !errors.Is(err, unix.ECHILD) { // it has ended: whoever asks it next will say so
		return fmt.Errorf("waiting for vpp to stop: %w", err)
	}
	return nil
}

func (p *vppProcess) resume() error {
	p.stopped = false
	return p.signal(unix.SIGCONT)
}

func (p *vppProcess) signal(s unix.Signal) error {
	select {
	case <-p.ended:
		return fmt.Errorf("vpp has ended; it said %q", p.lastWords())
	default:
		return unix.Kill(-p.cmd.Process.Pid, s)
	}
}

// end lets it clean up after itself, or kills it, and removes its files. What it says about its end is of no interest.
func (p *vppProcess) end() error {
	if p.vppCLI != nil {
		_ = p.close()
	}
	_ = p.signal(unix.SIGTERM)
	_ = p.signal(unix.SIGCONT)
	select {
	case <-p.ended:
	case <-time.After(vppEndPatience):
		_ = p.signal(unix.SIGKILL)
		<-p.ended
	}
	return errors.Join(p.returnPages(), p.removeFiles())
}

func (p *vppProcess) removeFiles() error {
	shared, _ := filepath.Glob("/dev/shm/" + p.name + "*")
	err := os.RemoveAll(p.folder())
	for _, f := range shared {
		err = errors.Join(err, os.Remove(f))
	}
	return err
}

// removeLeftovers removes the files of runs of this program that were killed.
func removeLeftovers() {
	for _, dir := range []string{os.TempDir(), "/dev/shm"} {
		found, _ := filepath.Glob(filepath.Join(dir, vppPrefix+"*"))
		for _, path := range found {
			pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), vppPrefix), "-")
			if n, err := strconv.Atoi(pid); err == nil && unix.Kill(n, 0) == unix.ESRCH {
				_ = os.RemoveAll(path)
			}
		}
	}
}

// workerClocks finds the schedstat file of the worker's thread.
func workerClocks(pid int) (string, error) {
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/comm", pid))
	for _, n := range names {
		if text, err := os.ReadFile(n); err == nil && strings.HasPrefix(string(text), "vpp_wk_0") {
			return filepath.Join(filepath.Dir(n), "schedstat"), nil
		}
	}
	return "", fmt.Errorf("vpp %d has no thread vpp_wk_0 among %d", pid, len(names))
}

// workerTime is the CPU time that the worker's thread has had, and the time for which it waited for its core while others
// had it.
func (p *vppProcess) workerTime() (cpu, waited time.Duration, err error) {
	text, err := os.ReadFile(p.clocks)
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(string(text), &cpu, &waited); err != nil {
		return 0, 0, fmt.Errorf("%s: %q: %w", p.clocks, text, err)
	}
	return cpu, waited, nil
}

// workerCPU is its CPU time alone.
func (p *vppProcess) workerCPU() (time.Duration, error) {
	cpu, _, err := p.workerTime()
	return cpu, err
}

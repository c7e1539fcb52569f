package peer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a process that answers one line for each line it is asked, after a first line that it says by itself. It is
// one goroutine's.
type child struct {
	name    string
	in      io.WriteCloser
	lines   chan string   // what it says; closed when it has ended
	ended   chan struct{} // closed when nothing of it is left
	kill    func()
	patient time.Duration // how long an answer may take
	ending  time.Duration // how long it may take to end by itself
	complaint
}

// How long a child may take to answer, and to end by itself once its input has.
const (
	answerPatience = 2 * time.Minute // filling a table of 10 M flows takes 10 s on an idle machine
	endPatience    = 2 * time.Second
)

// errDied says that a child ended before it answered.
var errDied = errors.New("it ended")

// complaint keeps the first bytes that a child writes to standard error.
type complaint struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

const complaintMax = 2000 // bytes

// Write implements io.Writer.
func (c *complaint) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text.Write(p[:min(len(p), complaintMax-min(c.text.Len(), complaintMax))])
	return len(p), nil
}

func (c *complaint) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return firstLines(c.text.String(), 4)
}

// here runs f where a child is started that needs no namespace.
func here(f func() error) error { return f() }

// startChild runs a program within: netlab's Host.Do, or here. The kernel kills the child when the thread that started it
// ends, so that thread waits for it.
func startChild(within func(func() error) error, path string, args ...string) (*child, error) {
	c := &child{name: filepath.Base(path), lines: make(chan string), ended: make(chan struct{}), patient: answerPatience, ending: endPatience}
	cmd := exec.Command(path, args...)
	cmd.Stderr = &c.complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go func() {
		defer close(c.ended)
		err := within(func() error {
			err := cmd.Start()
			started <- err
			if err != nil {
				return nil
			}
			c.read(out)
			_ = cmd.Wait() // how it ended shows in what it said
			return nil
		})
		if err != nil {
			started <- err
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	c.in, c.kill = in, func() { _ = cmd.Process.Kill() }
	return c, nil
}

// read hands over what the child says until it ends.
func (c *child) read(out io.Reader) {
	defer close(c.lines)
	for s := bufio.NewScanner(out); s.Scan(); {
		c.lines <- s.Text()
	}
}

// answer is the next line the child says. A line that begins with "error" is one.
func (c *child) answer() (string, error) {
	late := time.NewTimer(c.patient)
	defer late.Stop()
	select {
	case line, ok := <-c.lines:
		switch why, bad := strings.CutPrefix(line, "error "); {
		case !ok:
			<-c.ended
			return "", fmt.Errorf("%s: %w: %s", c.name, errDied, c.String())
		case bad:
			return "", fmt.Errorf("%s: %s", c.name, why)
		}
		return line, nil
	case <-late.C:
		return "", fmt.Errorf("%s: no answer in %v", c.name, c.patient)
	}
}

// ask sends a line and waits for the answer.
func (c *child) ask(line string) (string, error) {
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.kill() // it is dead, or deaf
	}
	return c.answer()
}

// Close ends the child, by force if it does not end by itself.
func (c *child) Close() error {
	c.in.Close()
	late := time.AfterFunc(c.ending, c.kill)
	defer late.Stop()
	for range c.lines { // what it still says
	}
	<-c.ended
	return nil
}

package peer

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// script is a child that is a shell script.
func script(t *testing.T, text string) *child {
	t.Helper()
	c, err := startChild(here, "/bin/sh", "-c", text)
	ok(t, err)
	t.Cleanup(func() { ok(t, c.Close()) })
	return c
}

func TestDialogue(t *testing.T) {
	c := script(t, `echo ready; while read word; do echo "you said $word"; done`)
	if said, err := c.answer(); said != "ready" || err != nil {
		t.Fatalf("first line %q, %v", said, err)
	}
	for _, word := range []string{"one", "two"} {
		if said, err := c.ask(word); said != "you said "+word || err != nil {
			t.Errorf("%q, %v", said, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`echo no huge pages >&2; exit 3`, "sh: it ended: no huge pages"},
		{`exit 0`, "sh: it ended"},
		{`echo error no device; cat`, "sh: no device"},
		{`cat`, "sh: no answer in 10ms"},
		{`yes complaint | head -100000 >&2`, "sh: it ended: complaint; complaint; complaint; complaint"},
	} {
		child := script(t, c.script)
		if strings.Contains(c.want, "no answer") {
			child.patient = 10 * time.Millisecond
		}
		if said, err := child.answer(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v; want %q", c.script, said, err, c.want)
		}
	}
	died := script(t, `exec 0<&-; echo ready; exit 1`)
	_, err := died.answer()
	ok(t, err)
	<-died.ended
	if said, err := died.ask("round"); !errors.Is(err, errDied) {
		t.Errorf("asking the dead: %q, %v", said, err)
	}
	if _, err := startChild(here, "/nowhere/program"); err == nil || !strings.Contains(err.Error(), "program") {
		t.Errorf("a program that is not there: %v", err)
	}
	if _, err := startChild(func(func() error) error { return errDied }, "/bin/true"); !errors.Is(err, errDied) {
		t.Errorf("a namespace that cannot be entered: %v", err)
	}
}

func TestCloseEndsTheStubborn(t *testing.T) {
	c, err := startChild(here, "/bin/sh", "-c", "trap '' TERM; while :; do echo talk; done")
	ok(t, err)
	c.ending = 10 * time.Millisecond
	ok(t, c.Close())
	if _, open := <-c.lines; open {
		t.Error("it still talks")
	}
}

// gone reports whether a process has ended, if perhaps nobody has asked how.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(text), ") Z ")
}

func TestKilledParent(t *testing.T) {
	self, err := os.Executable()
	ok(t, err)
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), asParent+"=1")
	out, err := parent.StdoutPipe()
	ok(t, err)
	ok(t, parent.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	ok(t, err)
	var pid int
	if _, err := fmt.Sscan(said, &pid); err != nil || gone(pid) {
		t.Fatalf("the parent says %q", said)
	}
	ok(t, parent.Process.Signal(unix.SIGKILL))
	_ = parent.Wait()
	for end := time.Now().Add(10 * time.Second); !gone(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d outlives its parent", pid)
		}
	}
}

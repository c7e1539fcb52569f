package afxdp

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// childEnv tells the test binary to be the process that gets killed.
const childEnv = "GVPP_AFXDP_CHILD"

func TestKilledProcess(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		beChild(t)
		return
	}
	r := newRig(t, 1)
	ok(t, r.dp.Addr("left", "10.0.0.9/24"))
	ping := func(timeout time.Duration) error {
		_, err := r.a.Ping("10.0.0.9", 1, netlab.PingOptions{Timeout: timeout})
		return err
	}
	ok(t, ping(time.Second))
	ns, err := unix.Dup(r.dp.FD())
	ok(t, err)
	child := exec.Command("/proc/self/exe", "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), childEnv+"=left")
	file := os.NewFile(uintptr(ns), "netns")
	child.ExtraFiles = []*os.File{file}
	out, err := child.StdoutPipe()
	ok(t, err)
	ok(t, child.Start())
	file.Close()
	line := make([]byte, 64)
	n, _ := out.Read(line)
	if !strings.HasPrefix(string(line[:n]), "ready") {
		t.Fatalf("the child says %q", line[:n])
	}
	if ping(50*time.Millisecond) == nil {
		t.Error("the child does not hold the interface")
	}
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrAttached, fmt.Sprintf("of process %d (", child.Process.Pid), "end that process")
	ok(t, child.Process.Kill())
	_ = child.Wait()
	ok(t, ping(time.Second))
	attrs, err := r.dp.Link("left")
	ok(t, err)
	if attrs.Xdp != nil && attrs.Xdp.Attached || attrs.Promisc != 0 {
		t.Errorf("the dead process left %+v, promiscuous %d", attrs.Xdp, attrs.Promisc)
	}
	r.close(r.open("left"))
}

// beChild opens the interface, takes all its packets and waits for its end.
func beChild(t *testing.T) {
	runtime.LockOSThread()
	ok(t, netlab.Enter(3))
	r := newRigPool(t)
	d, err := Interface(os.Getenv(childEnv)).Open(r.host)
	ok(t, err)
	cache := r.pool.NewCache()
	d.Ports()[0].Bind(cache)
	fmt.Println("ready")
	time.Sleep(time.Minute)
}

package afxdp

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/netlab"
)

// refused checks that Open failed with the class and with the words in its text, and left nothing behind.
func refused(t *testing.T, d port.Device, err, class error, words ...string) {
	t.Helper()
	if d != nil || !errors.Is(err, class) {
		t.Fatalf("open gave %v, want class %q", err, class)
	}
	t.Log(err)
	var e *Error
	if !errors.As(err, &e) || e.Interface == "" || e.Remedy == "" {
		t.Errorf("not an Error with interface and remedy: %+v", e)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
	if len(socketMappings()) != 0 {
		t.Errorf("ring mappings are left: %v", socketMappings())
	}
}

func TestRefusals(t *testing.T) {
	r := newRig(t, 2)
	fds := openFDs()
	for _, c := range []struct {
		name  string
		iface string
		opts  []Option
		class error
		words []string
	}{
		{"no interface", "nosuch", nil, ErrNoInterface, []string{`"nosuch"`, "ip link"}},
		{"ring size", "left", []Option{RingSize(1000)}, ErrRingSize, []string{"1000", "power of two"}},
		{"small ring", "left", []Option{RingSize(32)}, ErrRingSize, []string{"64"}},
		{"queues", "left", []Option{Queues(3)}, ErrQueues, []string{"3 queues", "has 2", "ethtool -L left"}},
		{"negative queues", "left", []Option{Queues(-1)}, ErrQueues, nil},
		{"zero-copy on veth", "left", []Option{WithMode(ZeroCopy)}, ErrMode, []string{"veth", "auto"}},
		{"no such mode", "left", []Option{WithMode(9)}, ErrMode, nil},
		{"pass rule", "left", []Option{Pass(PassRule{})}, ErrPassList, []string{"rule"}},
		{"MTU of lo", "lo", nil, ErrMTU, []string{"65536"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := r.tryOpen(c.iface, c.opts...)
			refused(t, d, err, c.class, c.words...)
		})
	}
	ok(t, r.dp.MTU("left", 1771))
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrMTU, "1771", "1770", "4096")
	if got := openFDs(); got != fds {
		t.Errorf("%d descriptors, before %d", got, fds)
	}
}

func TestRefusesFrameSize(t *testing.T) {
	r := newRigOf(t, 1, 64, 8192)
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrFrameSize, "8192", "2048 or 4096")
}

func TestRefusesSmallPool(t *testing.T) {
	r := newRigOf(t, 4, 256, 2048)
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrBuffers, "256 buffers", "configure more")
}

// A pool that is small but not too small is shared out, and said to be.
func TestSmallPoolIsShared(t *testing.T) {
	r := newRigOf(t, 1, 1024, 2048)
	left, right := r.open("left", RingSize(512)), r.open("right", RingSize(512))
	if n := fmt.Sprint(right.Info().Notes); !strings.Contains(n, "256 buffers") {
		t.Errorf("notes %v", n)
	}
	l := r.forward(left, right)
	r.traffic()
	l.stop()
	r.close(left, right)
}

func TestLargeFrames(t *testing.T) {
	r := newRigOf(t, 1, 8192, 4096)
	for _, e := range []struct {
		h   *netlab.Host
		dev string
	}{{r.a, "eth0"}, {r.b, "eth0"}, {r.dp, "left"}, {r.dp, "right"}} {
		ok(t, e.h.MTU(e.dev, 3400))
	}
	left, right := r.open("left"), r.open("right")
	l := r.forward(left, right)
	res, err := r.a.Ping("10.0.0.2", 3, netlab.PingOptions{Size: 3372})
	ok(t, err)
	if res.Lost() != 0 {
		t.Errorf("%+v", res)
	}
	r.traffic()
	l.stop()
	r.close(left, right)
}

func TestQueueBusy(t *testing.T) {
	r := newRig(t, 2)
	attrs, err := r.dp.Link("left")
	ok(t, err)
	p, err := newProbeIn(r.dp)
	ok(t, err)
	ok(t, p.bind(attrs.Index, 1))
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrQueueBusy, `"left"`, "queue 1", "ss --xdp")
	if !errors.Is(err, unix.EBUSY) {
		t.Error("the error is not EBUSY")
	}
	p.close()
	r.close(r.open("left"))

	p, err = newProbeIn(r.dp)
	ok(t, err)
	ok(t, p.bind(attrs.Index, 0)) // the anchor's queue
	d, err = r.tryOpen("left")
	refused(t, d, err, ErrQueueBusy, "queue 0")
	go func() { // a queue that becomes free within the patience is waited for
		time.Sleep(100 * time.Millisecond)
		p.close()
	}()
	r.close(r.open("left"))
}

func newProbeIn(h *netlab.Host) (p *probe, err error) {
	err = h.Do(func() error {
		p, err = newProbe()
		return err
	})
	return p, err
}

func TestAttachedTwice(t *testing.T) {
	r := newRig(t, 1)
	first := r.open("left")
	d, err := r.tryOpen("left")
	if d != nil || !errors.Is(err, ErrAttached) {
		t.Fatalf("second open gave %v", err)
	}
	for _, w := range []string{programName, "link", fmt.Sprint(os.Getpid()), "end that process"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
	right := r.open("right")
	l := r.forward(first, right) // the first is unharmed
	r.ping()
	l.stop()
	r.close(first, right)
}

func TestNetlinkProgramAttached(t *testing.T) {
	r := newRig(t, 1)
	prog, err := loadProgram(1, nil)
	ok(t, err)
	defer prog.close()
	set := func(fd int) error {
		return r.dp.Do(func() error {
			l, err := netlink.LinkByName("left")
			if err != nil {
				return err
			}
			return netlink.LinkSetXdpFd(l, fd)
		})
	}
	ok(t, set(prog.prog.FD()))
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrAttached, programName, "over netlink", "ip link set dev left xdp off")
	ok(t, set(-1))
	r.close(r.open("left"))
}

// What attach itself meets when somebody was faster than the look before.
func TestAttachRace(t *testing.T) {
	r := newRig(t, 1)
	prog, err := loadProgram(1, nil)
	ok(t, err)
	defer prog.close()
	ok(t, r.dp.Do(func() error {
		hl, err := openHostLink("left")
		if err != nil {
			return err
		}
		defer hl.close()
		f, err := hl.facts()
		if err != nil {
			return err
		}
		held, err := link.AttachXDP(link.XDPOptions{Program: prog.prog, Interface: f.index, Flags: link.XDPGenericMode})
		if err != nil {
			return err
		}
		defer held.Close()
		for _, mode := range []Mode{Auto, NativeCopy, GenericCopy} {
			if _, _, _, err := attach(prog, hl, f, mode); !errors.Is(err, ErrAttached) || !strings.Contains(err.Error(), programName) {
				return fmt.Errorf("mode %s: %w", mode, err)
			}
		}
		return nil
	}))
}

func TestTooFewReceiveQueues(t *testing.T) {
	r := newRig(t, 1)
	ok(t, r.lab.Pair(netlab.End{Host: r.a, Name: "wide", Queues: 4}, netlab.End{Host: r.dp, Name: "narrow", Queues: 1}))
	d, err := r.tryOpen("narrow")
	refused(t, d, err, ErrQueues, "fewer receive queues", "ethtool -L narrow")
}

func TestPeerMTUTooLarge(t *testing.T) {
	r := newRigOf(t, 1, 1024, 2048)
	ok(t, r.a.MTU("eth0", 9000))
	d, err := r.tryOpen("left")
	refused(t, d, err, ErrMTU, "peer", "ip link set left mtu")
}

// without runs f on a thread of the dataplane's namespace that has lost capabilities. The thread ends with it.
func (r *rig) without(f func(), caps ...uint) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		ok(r.t, netlab.Enter(r.dp.FD()))
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		ok(r.t, unix.Capget(&hdr, &data[0]))
		for _, c := range caps {
			data[c/32].Effective &^= 1 << (c % 32)
			data[c/32].Permitted &^= 1 << (c % 32)
		}
		ok(r.t, unix.Capset(&hdr, &data[0]))
		f()
	}()
	<-done
}

func TestPrivileges(t *testing.T) {
	r := newRig(t, 1)
	for _, caps := range [][]uint{{unix.CAP_NET_RAW}, {unix.CAP_BPF, unix.CAP_SYS_ADMIN}, {unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN}} {
		r.without(func() {
			d, err := Interface("left").Open(r.host)
			refused(t, d, err, ErrPrivilege, "run as root")
			bad := false
			for _, f := range Doctor("left") {
				bad = bad || f.Severity == Fail && strings.Contains(f.Remedy, "root")
			}
			if !bad {
				t.Errorf("Doctor finds nothing wrong without %v: %v", caps, Doctor("left"))
			}
		}, caps...)
	}
	r.close(r.open("left"))
}

func TestLockedMemoryLimit(t *testing.T) {
	r := newRig(t, 1)
	var old unix.Rlimit
	ok(t, unix.Getrlimit(unix.RLIMIT_MEMLOCK, &old))
	ok(t, unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: 1 << 20, Max: old.Max}))
	defer func() { ok(t, unix.Setrlimit(unix.RLIMIT_MEMLOCK, &old)) }()
	r.without(func() {
		d, err := Interface("left").Open(r.host)
		refused(t, d, err, ErrMemory, "ulimit -l", "CAP_IPC_LOCK")
		for _, f := range Doctor("left") {
			if f.Check == "locked memory" && f.Severity != Warn {
				t.Error(f)
			}
		}
	}, unix.CAP_IPC_LOCK)
}

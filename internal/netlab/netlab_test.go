package netlab

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newLab(t *testing.T) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces need it", t.Name())
	}
	l, err := New()
	ok(t, err)
	t.Cleanup(func() { ok(t, l.Close()) })
	return l
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func host(t *testing.T, l *Lab, name string) *Host {
	t.Helper()
	h, err := l.Host(name)
	ok(t, err)
	return h
}

// two hosts on one cable.
func twoHosts(t *testing.T) (*Lab, *Host, *Host) {
	l := newLab(t)
	a, b := host(t, l, "a"), host(t, l, "b")
	ok(t, l.Pair(
		End{Host: a, Name: "eth0", Queues: 2, Addrs: []string{"10.0.0.1/24", "fd00::1/64"}},
		End{Host: b, Name: "eth0", Queues: 2, Addrs: []string{"10.0.0.2/24", "fd00::2/64"}, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}}))
	return l, a, b
}

func TestWithoutPrivilege(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("TestWithoutPrivilege: root may do everything")
	}
	if _, err := New(); !errors.Is(err, ErrPrivilege) || !strings.Contains(err.Error(), "root") {
		t.Errorf("New gives %v", err)
	}
}

func TestPing(t *testing.T) {
	_, a, b := twoHosts(t)
	for _, to := range []string{"10.0.0.2", "fd00::2", "127.0.0.1", "::1"} {
		_, _ = a.Ping(to, 1, PingOptions{}) // on a fresh device the first question for the neighbour can get lost
		r, err := a.Ping(to, 5, PingOptions{Size: 1000})
		ok(t, err)
		if r.Lost() != 0 || r.Min <= 0 || r.Max < r.Min {
			t.Errorf("%s: %+v", to, r)
		}
	}
	if r, err := a.Ping("10.0.0.3", 2, PingOptions{Timeout: 20 * time.Millisecond}); err == nil || r.Received != 0 || r.Sent != 2 {
		t.Errorf("nobody answered: %+v, %v", r, err)
	}
	ok(t, b.Down("eth0"))
	if _, err := a.Ping("10.0.0.2", 1, PingOptions{Timeout: 20 * time.Millisecond}); err == nil {
		t.Error("a host that is down answered")
	}
	ok(t, b.Up("eth0"))
	ok(t, b.WaitCarrier("eth0"))
	ok(t, a.WaitCarrier("eth0"))
	if _, err := a.Ping("10.0.0.2", 1, PingOptions{}); err != nil {
		t.Error(err)
	}
}

func TestTraffic(t *testing.T) {
	_, a, b := twoHosts(t)
	ok(t, Transfer(a, b, "10.0.0.2:5000", 4<<20, 10*time.Second))
	ok(t, Transfer(b, a, "[fd00::1]:5000", 1<<20, 10*time.Second))
	stop, err := b.ServeUDPEcho("[fd00::2]:7")
	ok(t, err)
	n, err := a.UDPEcho("[fd00::2]:7", 10, 500, time.Second)
	stop()
	if err != nil || n != 10 {
		t.Errorf("%d of 10, %v", n, err)
	}
	if _, err := a.Dial("tcp", "10.0.0.2:1", time.Second); err == nil {
		t.Error("a closed port was connected")
	}
}

func TestRouting(t *testing.T) {
	l := newLab(t)
	a, router, b := host(t, l, "a"), host(t, l, "router"), host(t, l, "b")
	ok(t, l.Pair(End{Host: a, Name: "eth0", Addrs: []string{"10.0.1.2/24"}}, End{Host: router, Name: "left", Addrs: []string{"10.0.1.1/24"}}))
	ok(t, l.Pair(End{Host: b, Name: "eth0", Addrs: []string{"10.0.2.2/24"}}, End{Host: router, Name: "right", Addrs: []string{"10.0.2.1/24"}}))
	ok(t, a.Route("default", "10.0.1.1"))
	ok(t, b.Route("10.0.1.0/24", "10.0.2.1"))
	ok(t, router.Sysctl("ipv4/ip_forward", "1"))
	if _, err := a.Ping("10.0.2.2", 2, PingOptions{}); err != nil {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	_, a, b := twoHosts(t)
	attrs, err := b.Link("eth0")
	ok(t, err)
	if attrs.NumRxQueues != 2 || attrs.NumTxQueues != 2 || attrs.HardwareAddr.String() != "02:00:00:00:00:02" || attrs.MTU != 1500 {
		t.Errorf("b's device is %+v", attrs)
	}
	ok(t, b.MTU("eth0", 3000))
	ok(t, a.Neighbour("eth0", "10.0.0.7", net.HardwareAddr{2, 0, 0, 0, 0, 7}))
	ok(t, a.Offload("eth0", "tso", false))
	if a.Offload("eth0", "nonsense", true) == nil {
		t.Error("an unknown offload was set")
	}
	ok(t, b.Bridge("br0", "eth0"))
	ok(t, a.Delete("eth0"))
	if _, err := b.Link("eth0"); err == nil {
		t.Error("the other end outlived a veth pair's")
	}
	for _, err := range []error{a.Up("nosuch"), a.Down("nosuch"), a.Delete("nosuch"), a.Addr("lo", "x"), a.Route("x", "10.0.0.1"), a.Route("default", "y")} {
		if err == nil || !strings.Contains(err.Error(), `netlab: host "a"`) {
			t.Errorf("error %v", err)
		}
	}
}

// What Do's function does to its thread stays there, and a function that does not return is an error.
func TestDo(t *testing.T) {
	l := newLab(t)
	h := host(t, l, "a")
	inside := func() (name string) {
		ok(t, h.Do(func() (err error) {
			name, err = os.Readlink("/proc/thread-self/ns/net")
			return err
		}))
		return name
	}
	outside, err := os.Readlink("/proc/thread-self/ns/net")
	ok(t, err)
	if inside() == outside || inside() != inside() {
		t.Error("Do is not inside")
	}
	boom := errors.New("boom")
	if err := h.Do(func() error { return boom }); !errors.Is(err, boom) {
		t.Errorf("Do gives %v", err)
	}
	if links, err := net.Interfaces(); err != nil || len(links) == 1 && links[0].Name == "lo" {
		t.Logf("this process lives in a namespace with loopback only: %v", links)
	}
}

// Nothing is left: no descriptor, no named namespace.
func TestCloseLeavesNothing(t *testing.T) {
	newLab(t)
	count := func() int {
		fds, _ := os.ReadDir("/proc/self/fd")
		return len(fds)
	}
	named, _ := filepath.Glob("/run/netns/*")
	build := func() {
		l, err := New()
		ok(t, err)
		a, b := host(t, l, "a"), host(t, l, "b")
		ok(t, l.Pair(End{Host: a, Name: "eth0", Addrs: []string{"10.0.0.1/24"}}, End{Host: b, Name: "eth0", Addrs: []string{"10.0.0.2/24"}}))
		_, err = a.Ping("10.0.0.2", 1, PingOptions{})
		ok(t, err)
		ok(t, l.Close())
	}
	build()
	before := count()
	for range 5 {
		build()
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
	if now, _ := filepath.Glob("/run/netns/*"); len(now) != len(named) {
		t.Errorf("named namespaces %v, before %v", now, named)
	}
}

// A descriptor handed to a child names the namespace.
func TestEnter(t *testing.T) {
	l := newLab(t)
	a, b := host(t, l, "a"), host(t, l, "b")
	ok(t, a.Do(func() error {
		before, _ := os.Readlink("/proc/thread-self/ns/net")
		if err := Enter(b.FD()); err != nil {
			return err
		}
		if after, _ := os.Readlink("/proc/thread-self/ns/net"); after == before {
			return unix.EINVAL
		}
		return nil
	}))
}

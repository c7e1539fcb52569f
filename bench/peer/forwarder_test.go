package peer

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/packetline"
)

var leftMAC = net.HardwareAddr{2, 0, 0, 0, 1, 1}

// testSite is a site with a sender at Left and a receiver at Right.
func testSite(t *testing.T) (s Site, sender, receiver *netlab.Host) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces need it", t.Name())
	}
	lab, err := netlab.New()
	ok(t, err)
	t.Cleanup(func() { ok(t, lab.Close()) })
	host := func(name string) *netlab.Host {
		h, err := lab.Host(name)
		ok(t, err)
		for _, dev := range []string{"default", "all"} {
			ok(t, h.Sysctl("ipv6/conf/"+dev+"/disable_ipv6", "1"))
		}
		return h
	}
	sender, receiver = host("sender"), host("receiver")
	s = Site{Host: host("forwarder"), Left: "left", Right: "right", Core: -1}
	ok(t, lab.Pair(netlab.End{Host: sender, Name: "eth0"}, netlab.End{Host: s.Host, Name: "left", MAC: leftMAC, Addrs: []string{"10.0.1.1/24"}}))
	ok(t, lab.Pair(netlab.End{Host: receiver, Name: "eth0"}, netlab.End{Host: s.Host, Name: "right", Addrs: []string{"10.0.2.1/24"}}))
	ok(t, s.Host.Neighbour("right", "10.0.2.2", net.HardwareAddr{2, 0, 0, 0, 9, 9}))
	return s, sender, receiver
}

// send sends n copies of a line's frame from a host's eth0.
func send(t *testing.T, h *netlab.Host, n int, line string) {
	t.Helper()
	frame := packetline.MustBuild(line)
	copy(frame, leftMAC)
	ok(t, h.Do(func() error {
		link, err := h.Link("eth0")
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for range n {
			if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func received(t *testing.T, h *netlab.Host) int {
	t.Helper()
	link, err := h.Link("eth0")
	ok(t, err)
	return int(link.Statistics.RxPackets)
}

// arrive waits until a host has received n packets in all.
func arrive(t *testing.T, h *netlab.Host, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); received(t, h) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d packets have arrived, want %d", received(t, h), n)
		}
	}
	if got := received(t, h); got != n {
		t.Fatalf("%d packets have arrived, want %d", got, n)
	}
}

const dns = "udp 10.0.1.2:1000 > 10.0.2.2:53 len 18"

func TestCEcho(t *testing.T) {
	s, left, right := testSite(t)
	f := CEcho(s)
	if f.Skip != "" {
		t.Skipf("%s: %s", t.Name(), f.Skip)
	}
	defer func() { ok(t, f.Close()) }()
	for i := range 5 {
		send(t, left, 700, dns) // 5 x 700: more than a ring
		arrive(t, right, 700*(i+1))
	}
	send(t, right, 10, dns)
	arrive(t, left, 10)
	sent, err := f.Sent()
	ok(t, err)
	cpu, err := f.CPU()
	ok(t, err)
	if sent != 3500 || cpu <= 0 || cpu > time.Minute {
		t.Errorf("sent %d in %v", sent, cpu)
	}
}

func TestCEchoWithoutDevice(t *testing.T) {
	s, _, _ := testSite(t)
	s.Right = "nowhere"
	if f := CEcho(s); f.Skip == "" || f.Close != nil {
		t.Errorf("%+v", f)
	}
}

func TestKernelNFT(t *testing.T) {
	s, left, right := testSite(t)
	f := KernelNFT(s)
	if f.Skip != "" {
		t.Skipf("%s: %s", t.Name(), f.Skip)
	}
	send(t, left, 50, "udp 10.0.1.2:1000 > 10.0.2.2:54 len 18")
	send(t, left, 100, dns)
	arrive(t, right, 100)
	if err := s.Host.Do(func() error { return loadRules("/usr/sbin/nft", "nonsense {") }); err == nil {
		t.Error("nft takes nonsense")
	}
}

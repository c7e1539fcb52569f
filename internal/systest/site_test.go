package systest

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Addresses of a site.
const (
	client4, server4 = "10.0.0.1", "10.0.0.2"
	client6, server6 = "fd00::1", "fd00::2"
)

// serverMAC is the server's, and in the tests of redirection also its substitute's.
var serverMAC = net.HardwareAddr{2, 0, 0, 0, 0, 2}

// site is a network with gvpp's namespace in its middle.
type site struct {
	t                  testing.TB
	lab                *netlab.Lab
	client, server, dp *netlab.Host
	socket             string // of the CLI
	leftQueues         int
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces, veth and AF_XDP need it", t.Name())
	}
}

// notShort skips a test in a short run.
func notShort(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("%s: short run: %s", t.Name(), why)
	}
}

// newSite makes a site whose cables, at left and at right, have so many queues.
func newSite(t testing.TB, left, right int) *site {
	t.Helper()
	needRoot(t)
	_, err := program() // before anything is timed
	ok(t, err)
	s := &site{t: t, leftQueues: left, socket: filepath.Join(t.TempDir(), "cli.sock")}
	s.lab, err = netlab.New()
	ok(t, err)
	t.Cleanup(func() { ok(t, s.lab.Close()) })
	s.client, s.server, s.dp = s.host("client"), s.host("server"), s.host("dataplane")
	s.cableLeft()
	s.cable("right", right, s.server, serverMAC, server4+"/24", server6+"/64")
	return s
}

func (s *site) host(name string) *netlab.Host {
	s.t.Helper()
	h, err := s.lab.Host(name)
	ok(s.t, err)
	return h
}

func (s *site) cableLeft() {
	s.t.Helper()
	s.cable("left", s.leftQueues, s.client, net.HardwareAddr{2, 0, 0, 0, 0, 1}, client4+"/24", client6+"/64")
}

// cable connects a host's eth0 with a device of gvpp's namespace.
func (s *site) cable(name string, queues int, h *netlab.Host, mac net.HardwareAddr, addrs ...string) {
	s.t.Helper()
	ok(s.t, s.lab.Pair(netlab.End{Host: h, Name: "eth0", Queues: queues, MAC: mac, Addrs: addrs}, netlab.End{Host: s.dp, Name: name, Queues: queues}))
}

// ping has the client ask the server, count times.
func (s *site) ping(count int) error {
	_, err := s.client.Ping(server4, count, netlab.PingOptions{})
	return err
}

// answersWithin waits until the client's pings are answered and returns how long that took.
func (s *site) answersWithin(ceiling time.Duration) time.Duration {
	s.t.Helper()
	start := time.Now()
	for {
		_, err := s.client.Ping(server4, 1, netlab.PingOptions{Timeout: 5 * time.Millisecond})
		took := time.Since(start)
		if err == nil {
			return took
		}
		if took > ceiling {
			s.t.Fatalf("no ping is answered within %v: %v", ceiling, err)
		}
	}
}

// pulse pings all the time and knows the longest time without an answer.
type pulse struct {
	quit chan struct{}
	gap  chan time.Duration
}

// startPulse begins once a ping was answered.
func (s *site) startPulse() *pulse {
	s.t.Helper()
	s.answersWithin(startTimeout)
	p := &pulse{make(chan struct{}), make(chan time.Duration)}
	go func() {
		longest, last := time.Duration(0), time.Now()
		for {
			select {
			case <-p.quit:
				p.gap <- longest
				return
			default:
			}
			_, err := s.client.Ping(server4, 1, netlab.PingOptions{Timeout: 3 * time.Millisecond})
			if now := time.Now(); err == nil {
				longest, last = max(longest, now.Sub(last)), now
			}
			time.Sleep(time.Millisecond / 2)
		}
	}()
	return p
}

// stop returns the longest time from an answer to the next.
func (p *pulse) stop() time.Duration {
	close(p.quit)
	return <-p.gap
}

// unattached fails if a device has an XDP program.
func (s *site) unattached(names ...string) {
	s.t.Helper()
	for _, name := range names {
		attrs, err := s.dp.Link(name)
		ok(s.t, err)
		if x := attrs.Xdp; x != nil && (x.Attached || x.ProgId != 0) {
			s.t.Errorf("%s has XDP program %d", name, x.ProgId)
		}
	}
}

// eventually waits for a condition that comes about by itself.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not seen within 5 s: %s", what)
		}
	}
}

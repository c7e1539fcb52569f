package systest

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// resumeCeiling bounds how long traffic takes to resume: the kernel's own link watch may take a second, and ARP another.
const resumeCeiling = 10 * time.Second

// Links go down and up under load: gvpp lives, counts what it could not send, and traffic resumes.
func TestLinkFlap(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	s.answersWithin(resumeCeiling)
	f := startFlood(t, s.client, s.server, server4+":9000", 5_000, 500)
	for _, flap := range []struct {
		what string
		host *netlab.Host
		dev  string
	}{{"peer", s.server, "eth0"}, {"device", s.dp, "right"}, {"receiving device", s.dp, "left"}} {
		ok(t, flap.host.Down(flap.dev))
		eventually(t, "no-link in show interface", func() bool { return strings.Contains(d.ctl("show interface"), "no-link") })
		time.Sleep(50 * time.Millisecond)
		ok(t, flap.host.Up(flap.dev))
		ok(t, s.client.WaitCarrier("eth0")) // the kernel takes up to a second
		ok(t, s.server.WaitCarrier("eth0"))
		t.Logf("%s %s: traffic resumes after %v", flap.what, flap.dev, s.answersWithin(resumeCeiling))
		eventually(t, "both links up", func() bool { m := d.interfaces(); return m["left"].Device.LinkUp && m["right"].Device.LinkUp })
	}
	f.stop()
	if _, err := transfer(s.client, s.server, server4+":80", 5_000_000); err != nil {
		t.Error(err)
	}
	right := d.interfaces()["right"]
	lost := right.port("tx peer busy or down") + right.port("tx link down") + right.port("tx packets cancelled")
	if lost == 0 {
		t.Errorf("nothing lost is counted at right: %+v; errors:\n%s", right.Ports, d.ctl("show errors"))
	}
	if n := right.port("ring names a foreign buffer"); n != 0 {
		t.Errorf("%d foreign buffers", n)
	}
	t.Logf("%d sent, %d arrived, right: %+v", f.sent, f.got, nonzero(right))
}

func nonzero(i ifStatus) map[string]uint64 {
	m := map[string]uint64{}
	for _, c := range i.Ports {
		if c.Value != 0 {
			m[c.Name] = c.Value
		}
	}
	return m
}

// An interface is removed under load, and returns: gvpp takes it up again by itself, with its rules.
func TestInterfaceReturns(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	serve(t, s.server, server4+":53")
	d.addRule("left proto udp dport 53 drop")
	s.answersWithin(resumeCeiling)
	back := startFlood(t, s.server, s.client, client4+":9000", 5_000, 500)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for range rounds {
		ok(t, s.dp.Delete("left"))
		eventually(t, "gone in show interface", func() bool { return d.interfaces()["left"].Gone != "" })
		if _, err := s.client.Ping(server4, 1, netlab.PingOptions{Timeout: short}); err == nil {
			t.Error("a ping is answered without the cable")
		}
		if d.ended() {
			t.Fatalf("gvpp has ended:\n%s", d.log)
		}
		begin := time.Now()
		s.cableLeft()
		ok(t, s.client.Neighbour("eth0", server4, serverMAC)) // a lost ARP request is repeated only after a second
		cabled := time.Since(begin)
		s.answersWithin(resumeCeiling)
		t.Logf("traffic resumes %v after the interface is back (%v of it the kernel's making it)", time.Since(begin), cabled)
		if n := udp(t, s.client, server4+":53", 2, short); n != 0 {
			t.Errorf("the rule is off after the interface's return: %d answers", n)
		}
	}
	back.stop()
	if _, err := transfer(s.client, s.server, server4+":80", 5_000_000); err != nil {
		t.Error(err)
	}
	t.Logf("errors:\n%s", d.ctl("show errors"))
	d.stop(syscall.SIGTERM, s.socket)
	s.unattached("left", "right")
}

// More comes than can pass, both ways, over links that flap: what is lost is counted, nothing else happens.
func TestOverload(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	ok(t, s.ping(3))
	free := d.free()
	floods := []*flood{
		startFlood(t, s.client, s.server, server4+":9000", asFastAsItCan, 20),
		startFlood(t, s.server, s.client, client4+":9000", asFastAsItCan, 1400),
	}
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	for i := range rounds {
		time.Sleep(100 * time.Millisecond)
		h, dev := s.dp, "right"
		if i%2 == 1 {
			h, dev = s.server, "eth0"
		}
		ok(t, h.Down(dev))
		time.Sleep(20 * time.Millisecond)
		ok(t, h.Up(dev))
		ok(t, s.server.WaitCarrier("eth0"))
	}
	for _, f := range floods {
		f.stop()
		t.Logf("%d sent, %d arrived, %d dropped by the receiving socket, %d refused to the sender", f.sent, f.got, f.dropped, f.failed)
	}
	s.answersWithin(resumeCeiling)
	for name, i := range d.interfaces() {
		if n := i.port("ring names a foreign buffer"); n != 0 {
			t.Errorf("%s: %d foreign buffers", name, n)
		}
		t.Logf("%s: %+v, %v", name, i.Counters, nonzero(i))
	}
	s.settled(t, d, free)
	if _, err := transfer(s.client, s.server, server4+":80", 5_000_000); err != nil {
		t.Error(err)
	}
}

// What the operator takes down passes nothing, and says so.
func TestSetInterfaceState(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	ok(t, s.ping(1))
	d.ctl("set interface state left down")
	if _, err := s.client.Ping(server4, 3, netlab.PingOptions{Timeout: short}); err == nil {
		t.Error("ping passes an interface that is down")
	}
	if l := d.interfaces()["left"]; l.Up || l.Counters.RxDown < 3 {
		t.Errorf("left is %+v", l)
	}
	d.ctl("set interface state left up")
	ok(t, s.ping(3))
}

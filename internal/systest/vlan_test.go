package systest

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Hosts in VLANs of their own speak through sub-interfaces that are cross-connected.
func TestVLANs(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.runBare("af_xdp { interface left interface right }")
	ok(t, s.client.Tag("eth0", 100))
	ok(t, s.server.Tag("eth0", 200))
	for _, line := range []string{
		"create sub-interfaces left 100", "create sub-interfaces right 200", "set interface state left.100 up", "set interface state right.200 up",
		"set interface l2 xconnect left.100 right.200", "set interface l2 tag-rewrite left.100 pop 1", "set interface l2 tag-rewrite right.200 pop 1",
	} {
		d.ctl(line)
	}
	for _, to := range []string{server4, server6} {
		r, err := s.client.Ping(to, 10, netlab.PingOptions{Size: 1000})
		ok(t, err)
		if r.Lost() != 0 {
			t.Errorf("ping %s: %d of %d lost", to, r.Lost(), r.Sent)
		}
	}
	rate, err := transfer(s.client, s.server, server4+":7000", tcpBytes()/10)
	ok(t, err)
	t.Logf("TCP from VLAN 100 to VLAN 200: %.2f Gb/s", rate/1e9)
	i := d.interfaces()
	if l, r := i["left.100"].Counters, i["right.200"].Counters; l.Rx < 20 || l.Rx != r.Tx || r.Rx != l.Tx || i["left"].Counters.Rx < l.Rx {
		t.Errorf("left.100 %+v, right.200 %+v, left %+v", l, r, i["left"].Counters)
	}
	d.ctl("delete sub-interface right.200")
	if r, err := s.client.Ping(server4, 1, netlab.PingOptions{}); err == nil && r.Lost() == 0 {
		t.Error("what is deleted goes on")
	}
	if n := strings.Count(d.ctl("show interface"), "right"); n != 1 {
		t.Errorf("%d lines", n)
	}
}

// A host in a VLAN speaks with a sub-interface's own address, and through it with a host of another VLAN.
func TestRoutedVLANs(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.runBare("af_xdp { interface left interface right }")
	for _, h := range []struct {
		*netlab.Host
		vlan  uint16
		addrs []string
	}{{s.client, 100, []string{"10.9.1.1/24", "fd09:1::1/64"}}, {s.server, 200, []string{"10.9.2.1/24", "fd09:2::1/64"}}} {
		ok(t, h.Tag("eth0", h.vlan))
		for _, a := range h.addrs {
			ok(t, h.Addr("eth0", a))
		}
	}
	for _, line := range []string{
		"create sub-interfaces left 100", "create sub-interfaces right 200", "set interface state left.100 up", "set interface state right.200 up",
		"set interface ip address left.100 10.9.1.254/24", "set interface ip address right.200 10.9.2.254/24",
		"set interface ip address left.100 fd09:1::fe/64", "set interface ip address right.200 fd09:2::fe/64",
	} {
		d.ctl(line)
	}
	ok(t, s.client.Route("10.9.2.0/24", "10.9.1.254"))
	ok(t, s.server.Route("10.9.1.0/24", "10.9.2.254"))
	ok(t, s.client.Route("fd09:2::/64", "fd09:1::fe"))
	ok(t, s.server.Route("fd09:1::/64", "fd09:2::fe"))
	for _, to := range []string{"10.9.1.254", "10.9.2.1", "fd09:1::fe", "fd09:2::1"} {
		if _, err := s.client.Ping(to, 3, netlab.PingOptions{}); err != nil { // the first may be lost while neighbours are asked for
			t.Logf("ping %s at first: %v", to, err)
		}
		r, err := s.client.Ping(to, 10, netlab.PingOptions{Size: 1000})
		if err != nil || r.Lost() != 0 {
			t.Errorf("ping %s: %d of %d lost, %v\n%s", to, r.Lost(), r.Sent, err, d.ctl("show errors"))
		}
	}
	rate, err := transfer(s.client, s.server, "10.9.2.1:7000", tcpBytes()/10)
	ok(t, err)
	t.Logf("TCP routed from VLAN 100 to VLAN 200: %.2f Gb/s", rate/1e9)
}

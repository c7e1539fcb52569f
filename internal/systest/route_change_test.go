package systest

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

// A neighbour that gets another MAC address, says so or not, and one that is gone for a while.
func TestRoutedNeighborChanges(t *testing.T) {
	r := newRouted(t, func(s *site) {
		ok(t, s.server.Sysctl("ipv4/conf/eth0/arp_notify", "1"))
		ok(t, s.server.Sysctl("ipv6/conf/eth0/ndisc_notify", "1"))
	})
	macs := func(last byte) {
		t.Helper()
		mac := net.HardwareAddr{2, 0, 0, 0, 9, last}
		ok(t, r.server.SetMAC("eth0", mac))
		for _, to := range []string{far1, far1v6} {
			r.comesBack(r.client, to)
		}
		for _, n := range r.neighbors("right", "reachable") {
			if n.MAC != mac.String() {
				t.Errorf("%+v, want %v", n, mac)
			}
		}
	}
	r.reaches(r.client, far1, 3)
	r.reaches(r.client, far1v6, 3)
	macs(1) // it says so, and packets go there at once
	ok(t, r.server.Sysctl("ipv4/conf/eth0/arp_notify", "0"))
	ok(t, r.server.Sysctl("ipv6/conf/eth0/ndisc_notify", "0"))
	r.ctl("set ip neighbor right 10.2.0.1 02:00:00:00:00:77") // as what is known when it does not
	if _, err := r.client.Ping(far1, 1, netlab.PingOptions{Timeout: 50 * ms}); err == nil {
		t.Error("a frame to another MAC address is answered")
	}
	r.ctl("ip neighbor-flush right")
	macs(2)
	ok(t, r.server.DeleteAddr("eth0", "10.2.0.1/24"))
	r.ctl("ip neighbor-flush right") // as ageing does, but now
	if hop, err := r.client.Probe("udp", far1, 7, 9, 2*long); err != nil || hop != (netlab.Hop{From: netip.MustParseAddr(gate1), Type: 3, Code: 1}) {
		t.Errorf("a host that has gone: %+v, %v", hop, err)
	}
	ok(t, r.server.Addr("eth0", "10.2.0.1/24"))
	ok(t, r.server.Route("10.1.0.0/16", gate2))
	r.comesBack(r.client, far1)
}

// A link that goes down takes its routes and neighbours along, and brings them back; the other link does not notice.
func TestRoutedLinkDown(t *testing.T) {
	r := newRouted(t, nil)
	for _, to := range []string{far1, far1v6} {
		r.reaches(r.client, to, 3)
	}
	for range 2 {
		ok(t, r.dp.Down("right"))
		eventually(t, "the neighbours at right are forgotten", func() bool { return len(r.neighbors("right", "reachable", "stale", "probe")) == 0 })
		if _, err := r.client.Ping(far1, 1, netlab.PingOptions{Timeout: 50 * ms}); err == nil {
			t.Error("answered over a link that is down")
		}
		r.reaches(r.client, gate1, 3)
		r.reaches(r.client, gate1v6, 3)
		ok(t, r.dp.Up("right"))
		ok(t, r.dp.WaitCarrier("right"))
		for _, to := range []string{far1, far1v6} {
			r.comesBack(r.client, to)
		}
	}
}

// Addresses go and come while packets are routed by them: nothing is left behind, and all is as before at the end.
func TestRoutedAddressChanges(t *testing.T) {
	r := newRouted(t, nil)
	for _, to := range []string{far1, far1v6} {
		r.reaches(r.client, to, 3)
	}
	before := r.buffersOut()
	floods := []*flood{startFlood(t, r.client, r.server, far1+":9000", 5000, 100), startFlood(t, r.client, r.server, "["+far1v6+"]:9000", 5000, 100)}
	received := func() uint64 { return r.interfaces()["left"].Counters.Rx }
	for n := range 20 {
		side, gates := "right", []string{gate2 + "/24", gate2v6 + "/64"}
		if n%2 == 1 {
			side, gates = "left", []string{gate1 + "/24", gate1v6 + "/64"}
		}
		at := received()
		for _, g := range gates {
			r.ctl("set interface ip address del " + side + " " + g)
		}
		eventually(t, "packets meanwhile", func() bool { return received() > at+100 })
		if n == 0 {
			if _, err := r.client.Ping(far1, 1, netlab.PingOptions{Timeout: 50 * ms}); err == nil {
				t.Error("answered over an interface without an address")
			}
		}
		for _, g := range gates {
			r.ctl("set interface ip address " + side + " " + g)
		}
	}
	for _, f := range floods {
		f.stop()
	}
	for _, to := range []string{far1, far1v6, gate1, gate2v6} {
		r.comesBack(r.client, to)
	}
	if now := r.buffersOut(); now > before+keptByWorkers {
		t.Errorf("%d buffers are with ports and workers, %d before", now, before)
	}
}

package systest

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

const ms = time.Millisecond

// Ping, of the router and through it, from the first packet on: it waits while neighbours are asked for.
func TestRoutedPing(t *testing.T) {
	r := newRouted(t, nil)
	for _, to := range []string{gate1, far1, gate2, gate1v6, far1v6, gate2v6} {
		got, err := r.client.Ping(to, 20, netlab.PingOptions{Size: 1200, Timeout: long})
		if err != nil || got.Lost() != 0 {
			t.Errorf("%s: %d of %d lost, %v\n%s", to, got.Lost(), got.Sent, err, r.ctl("show errors"))
		}
	}
	var known []string
	for _, n := range slices.Concat(r.neighbors("left", "reachable"), r.neighbors("right", "reachable")) {
		known = append(known, n.Interface+" "+n.Address)
	}
	for _, h := range []string{"left 10.1.0.1", "right 10.2.0.1", "left fd01::1", "right fd02::1"} {
		if !slices.Contains(known, h) {
			t.Errorf("%s is not known:\n%s", h, r.ctl("show ip neighbors"))
		}
	}
	for _, line := range []string{"ping " + far1 + " repeat 3 interval 0.01", "ping fd02::1 repeat 3 interval 0.01", "ping 10.1.0.1 source left repeat 3 interval 0.01"} {
		if got := r.ctl(line); !strings.Contains(got, "3 sent, 3 received, 0% packet loss") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// Traceroute: the router tells that a packet may go no further, and that a port, a network or a host is not there.
func TestRoutedTraceroute(t *testing.T) {
	r := newRouted(t, nil)
	at := netip.MustParseAddr
	r.lines("ip route add 10.2.99.0/24 via null-send-unreach", "ip route add 10.2.98.0/24 via null-send-prohibit", "ip route add fd02:99::/32 via null-send-unreach")
	for _, c := range []struct {
		network, to string
		ttl         int
		want        netlab.Hop
	}{
		{"udp", far1, 1, netlab.Hop{From: at(gate1), Type: 11}}, {"udp", far1, 2, netlab.Hop{From: at(far1), Type: 3, Code: 3}},
		{"udp", far1v6, 1, netlab.Hop{From: at(gate1v6), Type: 3}}, {"udp", far1v6, 2, netlab.Hop{From: at(far1v6), Type: 1, Code: 4}},
		{"icmp", far1, 1, netlab.Hop{From: at(gate1), Type: 11}}, {"icmp", far1, 2, netlab.Hop{From: at(far1)}},
		{"icmp", far1v6, 1, netlab.Hop{From: at(gate1v6), Type: 3}}, {"icmp", far1v6, 2, netlab.Hop{From: at(far1v6), Type: 129}},
		{"udp", gate2, 9, netlab.Hop{From: at(gate1), Type: 3, Code: 3}}, {"udp", gate2v6, 9, netlab.Hop{From: at(gate1v6), Type: 1, Code: 4}},
		{"udp", "10.2.99.1", 9, netlab.Hop{From: at(gate1), Type: 3, Code: 1}}, {"udp", "fd02:99::1", 9, netlab.Hop{From: at(gate1v6), Type: 1}},
		{"udp", "10.2.98.1", 9, netlab.Hop{From: at(gate1), Type: 3, Code: 10}},
	} {
		if hop, err := r.client.Probe(c.network, c.to, 33434, c.ttl, long); err != nil || hop != c.want {
			t.Errorf("%s to %s, %d hops: %+v, %v, want %+v\n%s", c.network, c.to, c.ttl, hop, err, c.want, r.ctl("show errors"))
		}
	}
}

// Nobody there: the sender is told as soon as three requests are not answered.
func TestRoutedNobody(t *testing.T) {
	r := newRouted(t, nil)
	six := make(chan error)
	want4, want6 := netlab.Hop{From: netip.MustParseAddr(gate1), Type: 3, Code: 1}, netlab.Hop{From: netip.MustParseAddr(gate1v6), Type: 1, Code: 3}
	var got6 netlab.Hop
	go func() {
		var err error
		got6, err = r.client.Probe("udp", "fd02::77", 33434, 9, 2*long)
		six <- err
	}()
	if got, err := r.client.Probe("udp", "10.2.0.77", 33434, 9, 2*long); err != nil || got != want4 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := <-six; err != nil || got6 != want6 {
		t.Errorf("%+v, %v", got6, err)
	}
}

// TCP, and what a smaller MTU behind the router does to it: packets that forbid fragments come back with the MTU, and TCP adapts.
func TestRoutedTCP(t *testing.T) {
	const mtu = 1300
	r := newRouted(t, func(s *site) { ok(t, s.dp.MTU("right", mtu)) })
	for _, c := range []struct {
		address       string
		level, option int
	}{{far1 + ":7000", unix.IPPROTO_IP, unix.IP_MTU}, {"[" + far1v6 + "]:7000", unix.IPPROTO_IPV6, unix.IPV6_MTU}} {
		l, err := r.server.Listen("tcp", c.address)
		ok(t, err)
		conn := &talk{}
		conn.near, err = r.client.Dial("tcp", c.address, long)
		ok(t, err)
		conn.far, err = l.Accept()
		ok(t, err)
		start := time.Now()
		ok(t, conn.upload(tcpBytes()/10))
		took := time.Since(start)
		known, err := option(conn.near, c.level, c.option)
		ok(t, err)
		if known != mtu {
			t.Errorf("%s: the client believes in an MTU of %d, want %d\n%s", c.address, known, mtu, r.ctl("show errors"))
		}
		t.Logf("%s: %.2f Gb/s", c.address, float64(tcpBytes()/10)*8/took.Seconds()/1e9)
		conn.near.Close()
		conn.far.Close()
		l.Close()
	}
}

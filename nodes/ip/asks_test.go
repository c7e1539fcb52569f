package ip_test

import (
	"strings"
	"testing"
	"time"
)

// A route through an unknown next hop has it asked for, once; so has the other end of a network of two.
func TestForeseenNeighbors(t *testing.T) {
	r := addressed(t)
	r.expect("rest", r.step())
	r.cli("ip route add 20.0.0.0/8 via 10.0.2.9 b\nip route add 21.0.0.0/8 via 10.0.2.9 b\nip route add 2001:db8:20::/48 via 2001:db8:2::9 b")
	out := r.step()
	if len(out) != 2 || !strings.HasPrefix(out[0], "b: ff:00:00:09 icmpv6 2001:db8:2::1 > ff02::1:ff00:9 type 135") || out[1] != "b: all arp who-has 10.0.2.9 tell 10.0.2.1" {
		t.Errorf("%q", out)
	}
	r.cli("set interface ip address c 10.0.3.10/31")
	r.expect("peer", r.step(), "c: all arp who-has 10.0.3.11 tell 10.0.3.10")
	r.expect("not again", r.after(5*time.Second))
	r.cli("set interface ip address c 2001:db8:3::1/64\nip route add 23.0.0.0/8 via 10.0.2.19 b")
	r.expect("another", r.step(), "b: all arp who-has 10.0.2.19 tell 10.0.2.1")
	r.expect("the first packet", r.send("a", "udp 10.0.1.2:1 > 23.0.0.1:2"), "b: all arp who-has 10.0.2.19 tell 10.0.2.1")
	r.expect("answer", r.send("b", "arp is-at 10.0.2.9 29 to 10.0.2.1 2"))
	r.expect("nobody knew it any more", r.send("a", "udp 10.0.1.2:1 > 20.0.0.1:2"), "b: all arp who-has 10.0.2.9 tell 10.0.2.1")
	r.expect("now", r.send("b", "arp is-at 10.0.2.9 29 to 10.0.2.1 2"), "b: 29 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63")
	r.cli("ip route add 22.0.0.0/8 via 10.0.2.9 b")
	r.expect("known", r.step())
	r.cli("set interface ip address del c 10.0.3.10/31\nset interface ip address c 10.0.3.11/31")
	r.expect("peer", r.step(), "c: all arp who-has 10.0.3.10 tell 10.0.3.11")
}

// Each packet for a neighbour that has not answered has it asked for again, if the last request was not a moment ago.
func TestAskedAgain(t *testing.T) {
	r := addressed(t)
	ask := "b: all arp who-has 10.0.2.2 tell 10.0.2.1"
	r.expect("first", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), ask)
	r.expect("at once", r.send("a", "udp 10.0.1.2:2 > 10.0.2.2:2"))
	r.now += int64(20 * time.Millisecond)
	r.expect("later", r.send("a", "udp 10.0.1.2:3 > 10.0.2.2:2", "udp 10.0.1.2:4 > 10.0.2.2:2", "udp 10.0.1.2:5 > 10.0.2.2:2"), ask)
	r.now += int64(20 * time.Millisecond)
	r.expect("with as many as can wait", r.send("a", "udp 10.0.1.2:6 > 10.0.2.2:2"), ask)
	asks := 0
	for range 2000 { // by the rate of the link, whoever sends what
		r.now += int64(time.Millisecond)
		for _, out := range r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2") {
			if out == ask {
				asks++
			}
		}
	}
	if asks < 200 || asks > 800 {
		t.Errorf("%d requests in two seconds", asks)
	}
}

// A route in another table leads to the link's network: neighbours that are known there need not be asked for.
func TestNeighborsOfAnotherTable(t *testing.T) {
	r := routed(t)
	r.cli("set interface ip address del a all\nip table add 7\nset interface ip table a 7\nset interface ip address a 10.0.1.1/24\nip route add table 7 10.0.2.0/24 via b")
	r.expect("known", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	r.expect("not", r.send("a", "udp 10.0.1.2:1 > 10.0.2.3:2"), "b: all arp who-has 10.0.2.3 tell 10.0.2.1")
	r.expect("found", r.send("b", "arp is-at 10.0.2.3 23 to 10.0.2.1 2"), "b: 23 udp 10.0.1.2:1 > 10.0.2.3:2 ttl 63")
}

// An interface that is down has no addresses to route to; it keeps them.
func TestDownHasNoRoutes(t *testing.T) {
	r := routed(t)
	r.cli("set interface state b down")
	if got := r.cli("show ip fib"); strings.Contains(got, "10.0.2.") || !strings.Contains(got, "10.0.1.1/32") {
		t.Error(got)
	}
	if got := r.cli("show interface address"); !strings.Contains(got, "10.0.2.1/24") {
		t.Error(got)
	}
	r.expect("not ours", r.send("a", "icmp 10.0.1.2 > 10.0.2.1"))
	r.cli("set interface state b up")
	r.expect("ours", r.send("a", "icmp 10.0.1.2 > 10.0.2.1 type 8 len 8"), "a: 12 icmp 10.0.2.1 > 10.0.1.2 type 0 len 8")
	r.expect("its static neighbours are back", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
}

// A fragment that could write over the ports of the first one is dropped where packets are routed.
func TestFragmentOverPorts(t *testing.T) {
	r := routed(t)
	one, two := "udp 10.0.1.2 > 10.0.2.2 frag 1 len 64", "udp 10.0.1.2 > 10.0.2.2 frag 2 len 64"
	r.expect("two of three", r.send("a", two, one, two), "b: 22 "+two+" ttl 63", "b: 22 "+two+" ttl 63")
	r.counted("ip4-input: IPv4 fragment at offset 8", 1)
}

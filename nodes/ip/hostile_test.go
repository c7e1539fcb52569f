package ip_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
)

// raw injects a line's frame from a MAC address.
func (r *rig) raw(from, line string, mac ...byte) []string {
	r.t.Helper()
	p := packetline.MustBuild(line)
	copy(p, r.mems[from].MAC)
	copy(p[6:], mac)
	r.mems[from].Inject(0, p)
	return r.step()
}

// The pieces of a fragment must not begin anew at offset 0: as a first fragment that no input rule has seen.
func TestFragmentsBehindTheEnd(t *testing.T) {
	r := routed(t)
	r.cli("set interface mtu ip4 600 b")
	for _, line := range []string{"udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8120+ len 584", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8191+ len 1000", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8119+ len 592"} {
		r.expect(line, r.send("a", line))
	}
	if n := len(r.send("a", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8118 len 584")); n != 2 {
		t.Errorf("%d pieces of the last fragment that there may be", n)
	}
}

// An advertisement without an option is not to make all hosts, or none, of a neighbour.
func TestAdvertisementFromGroup(t *testing.T) {
	for _, mac := range [][]byte{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {1, 0, 0x5e, 0, 0, 1}, {0, 0, 0, 0, 0, 0}} {
		r := addressed(t)
		r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::9]:2")
		if out := r.raw("b", "icmpv6 2001:db8:2::9 > 2001:db8:2::1 type 136 id 24576 ttl 255 data 20010db8000200000000000000000009", mac...); len(out) != 0 {
			t.Errorf("%x: %q", mac, out)
		}
		r.counted("icmp6-neighbor-advertisement: neighbour discovery from beyond the link, or malformed", 1)
		r.expect("asked", r.raw("b", "icmpv6 2001:db8:2::9 > ff02::1:ff00:1 type 135 ttl 255 data 20010db8000200000000000000000001", mac...))
	}
}

// An advertisement that does not say override leaves what is known (RFC 4861, 7.2.5).
func TestAdvertisementWithoutOverride(t *testing.T) {
	r := addressed(t)
	udp := "udp [2001:db8:1::2]:1 > [2001:db8:2::9]:2"
	r.send("a", udp)
	const target = "20010db80002000000000000000000090201"
	r.expect("found", r.send("b", "icmpv6 2001:db8:2::9 > 2001:db8:2::1 type 136 id 16384 ttl 255 data "+target+"020000000029"), "b: 29 "+udp+" ttl 63")
	r.send("b", "icmpv6 2001:db8:2::9 > 2001:db8:2::1 type 136 id 16384 ttl 255 data "+target+"020000000039")
	r.expect("as it was", r.send("a", udp), "b: 29 "+udp+" ttl 63")
	r.send("b", "icmpv6 2001:db8:2::9 > 2001:db8:2::1 type 136 id 24576 ttl 255 data "+target+"020000000039")
	r.expect("overridden", r.send("a", udp), "b: 39 "+udp+" ttl 63")
}

// A neighbour that is found and lost again is waited for as long as any.
func TestLostIsWaitedFor(t *testing.T) {
	r := addressed(t)
	udp := "udp 10.0.1.2:1 > 10.0.2.2:2"
	r.send("a", "arp who-has 10.0.1.1 tell 10.0.1.2 12", udp)
	r.expect("found", r.send("b", "arp is-at 10.0.2.2 22 to 10.0.2.1 2"), "b: 22 "+udp+" ttl 63")
	for _, d := range []time.Duration{2500 * time.Millisecond, 4 * time.Second} {
		r.after(d)
		r.cli("ip neighbor-flush b")
		r.send("a", udp)
		for range 10 {
			for _, out := range r.after(100 * time.Millisecond) {
				if strings.HasPrefix(out, "a: ") {
					t.Fatal(out)
				}
			}
		}
		r.expect("found again", r.send("b", "arp is-at 10.0.2.2 22 to 10.0.2.1 2"), "b: 22 "+udp+" ttl 63")
	}
}

// An interface does not take addresses of any kind along to another table, where others may have them.
func TestMoveWithAddresses(t *testing.T) {
	r := newRig(t)
	r.cli("ip table add 5\nset interface ip table b 5\nset interface ip address b 169.254.1.1/16\nset interface ip address a 169.254.1.2/16")
	r.refused("set interface ip table a 5", "addresses in table 0")
	r.refused("set interface ip table a 5", "addresses in table 0")
}

// What is said of the path to a host is about its table: it goes with that, and does not follow an interface.
func TestPathMTUsEndWithTheirTable(t *testing.T) {
	r := routed(t)
	r.cli("set interface ip address del b all\nip table add 5\nset interface ip table b 5\nset interface ip address b 10.0.2.1/24\nset ip pmtu table 5 10.0.2.2 600")
	r.cli("set interface ip address del b all\nset interface ip table b 0\nip table del 5")
	if got := r.cli("show ip pmtu"); got != "" {
		t.Error(got)
	}
	r.cli("set interface ip address b 10.0.2.1/24")
	udp := "udp 10.0.1.2:1 > 10.0.2.2:2 len 1000"
	r.expect("whole", r.send("a", udp), "b: 22 "+udp+" ttl 63")
	r.cli("set ip pmtu 10.0.2.2 600")
	r.cli("set interface ip address del b all\nip table add 5\nset interface ip table b 5\nset interface ip address b 10.0.2.1/24\nip route add 10.0.2.0/24 via ip4-lookup-in-table 5")
	r.expect("whole in the other table", r.send("a", udp), "b: 22 "+udp+" ttl 63")
}

// A host that two links have heard of, where one borrows the other's addresses, is not lost with the one.
func TestBorrowersHost(t *testing.T) {
	r := addressed(t)
	r.cli("set interface unnumbered c use b")
	udp := "udp 10.0.1.2:1 > 10.0.2.7:2"
	r.send("b", "arp who-has 10.0.2.1 tell 10.0.2.7 27")
	r.expect("at home", r.send("a", udp), "b: 27 "+udp+" ttl 63")
	r.send("c", "arp who-has 10.0.2.1 tell 10.0.2.7 37")
	r.send("a", udp)
	r.cli("set ip neighbor del c 10.0.2.7")
	r.expect("at home again", r.send("a", udp), "b: 27 "+udp+" ttl 63")
}

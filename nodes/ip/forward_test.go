package ip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
)

func TestForwarding(t *testing.T) {
	r := routed(t)
	r.expect("to a host on a link", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	r.expect("IPv6", r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2"), "b: 22 udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 63")
	r.cli("ip route add 20.0.0.0/8 via 10.0.2.2 b\nip route add 20.1.0.0/16 via 10.0.3.2 c\nip route add 2001:db8:20::/48 via 2001:db8:3::2 c")
	r.expect("by routes", r.send("a", "tcp 10.0.1.2:1 > 20.0.0.1:2 [S]", "tcp 10.0.1.2:1 > 20.1.0.1:2 [S]", "udp [2001:db8:1::2]:1 > [2001:db8:20::1]:2"),
		"b: 22 tcp 10.0.1.2:1 > 20.0.0.1:2 [S] ttl 63", "c: 32 tcp 10.0.1.2:1 > 20.1.0.1:2 [S] ttl 63", "c: 32 udp [2001:db8:1::2]:1 > [2001:db8:20::1]:2 ttl 63")
	r.expect("checksums go with the TTL", r.send("a", "udp 10.0.1.2:1 > 20.0.0.1:2 ttl 2 ipid 0", "udp 10.0.1.2:1 > 20.0.0.1:2 ttl 255 opt 01010101 tos 9"),
		"b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 1", "b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 254 tos 9 opt 01010101")
	r.expect("nowhere", r.send("a", "udp 10.0.1.2:1 > 30.0.0.1:2", "udp 10.0.1.2:1 > 10.0.2.255:2", "udp 10.0.1.2:1 > 224.0.0.5:2", "udp 10.0.1.2:1 > 255.255.255.255:2", "udp [2001:db8:1::2]:1 > [ff0e::1]:2"))
	r.counted("ip4-drop: no route, or one that drops", 4)
	r.counted("ip6-drop: no route, or one that drops", 1)
	r.cli("ip route del 20.1.0.0/16")
	r.expect("a route less", r.send("a", "tcp 10.0.1.2:1 > 20.1.0.1:2 [S]"), "b: 22 tcp 10.0.1.2:1 > 20.1.0.1:2 [S] ttl 63")
	r.cli("set interface state b down")
	r.expect("link down", r.send("a", "tcp 10.0.1.2:1 > 20.1.0.1:2 [S]"))
	r.cli("set interface state b up")
	r.expect("and up", r.send("a", "tcp 10.0.1.2:1 > 20.1.0.1:2 [S]"), "b: 22 tcp 10.0.1.2:1 > 20.1.0.1:2 [S] ttl 63")
}

// Tags begin and end at the link.
func TestSubInterfaces(t *testing.T) {
	r := routed(t)
	r.cli(`create sub-interfaces a 7
		create sub-interfaces b 8 dot1ad 8 inner-dot1q 9 exact-match
		set interface state a.7 up
		set interface state b.8 up
		set interface ip address a.7 10.0.7.1/24
		set interface ip address b.8 10.0.8.1/24
		set ip neighbor b.8 10.0.8.2 02:00:00:00:00:82`)
	r.expect("ARP", r.send("a", "arp who-has 10.0.7.1 tell 10.0.7.2 72"))
	p := arp("arp who-has 10.0.7.1 tell 10.0.7.2 72")
	r.mems["a"].Inject(0, append(append(append([]byte{}, p[:12]...), 0x81, 0, 0, 7), p[12:]...))
	if out := r.step(); len(out) != 1 || !strings.HasPrefix(out[0], "a: 72 eth 0x0806 len 46 vlan 7") {
		t.Errorf("%q", out)
	}
	r.expect("tagged to twice tagged", r.send("a", "udp 10.0.7.2:1 > 10.0.8.2:2 vlan 7 len 20"), "b: 82 udp 10.0.7.2:1 > 10.0.8.2:2 ttl 63 vlan 8 vlan 9 len 20")
	r.expect("tagged to untagged", r.send("a", "udp 10.0.7.2:1 > 10.0.2.2:2 vlan 7 len 20"), "b: 22 udp 10.0.7.2:1 > 10.0.2.2:2 ttl 63 len 20")
	r.expect("untagged to twice tagged", r.send("a", "udp 10.0.1.2:1 > 10.0.8.2:2 len 20"), "b: 82 udp 10.0.1.2:1 > 10.0.8.2:2 ttl 63 vlan 8 vlan 9 len 20")
	r.expect("an error to where it came from", r.send("a", "udp 10.0.7.2:1 > 10.0.2.2:2 vlan 7 len 20 ttl 1"),
		"a: 72 icmp 10.0.7.1 > 10.0.7.2 type 11 vlan 7 quote { udp 10.0.7.2:1 > 10.0.2.2:2 len 20 ttl 1 }")
}

// Every sum that a header can have stays right when the TTL goes down.
func TestChecksumOfEveryHeader(t *testing.T) {
	r := routed(t)
	for id := 0; id < 1<<16; id += 256 {
		var lines []string
		for i := range 256 {
			lines = append(lines, fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.2:2 ipid %d ttl %d", id+i, 2+i%254))
		}
		for i, got := range r.send("a", lines...) {
			if strings.Contains(got, "badsum") || !strings.Contains(got, fmt.Sprintf("ipid %d", id+i)) && id+i > 0 {
				t.Fatal(got)
			}
		}
	}
}

func TestErrorsAreSent(t *testing.T) {
	r := routed(t)
	udp := "udp 10.0.1.2:1 > 10.0.2.2:2"
	r.expect("TTL", r.send("a", udp+" ttl 1"), "a: 12 icmp 10.0.1.1 > 10.0.1.2 type 11 code 0 quote { "+udp+" ttl 1 }")
	r.expect("hop limit", r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1"),
		"a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 3 code 0 quote { udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1 }")
	r.counted("ip4-rewrite: TTL or hop limit has run out", 1)
	r.cli("ip route add 30.0.0.0/8 via null-send-unreach\nip route add 31.0.0.0/8 via null-send-prohibit\nip route add 2001:db8:30::/48 via null-send-unreach")
	r.expect("no way", r.send("a", "udp 10.0.1.2:1 > 30.0.0.1:2", "udp 10.0.1.2:1 > 31.0.0.1:2", "udp [2001:db8:1::2]:1 > [2001:db8:30::1]:2"),
		"a: 12 icmp 10.0.1.1 > 10.0.1.2 type 3 code 1 quote { udp 10.0.1.2:1 > 30.0.0.1:2 }",
		"a: 12 icmp 10.0.1.1 > 10.0.1.2 type 3 code 10 quote { udp 10.0.1.2:1 > 31.0.0.1:2 }",
		"a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 1 code 0 quote { udp [2001:db8:1::2]:1 > [2001:db8:30::1]:2 }")
	for name, line := range map[string]string{
		"an error": "icmp 10.0.1.2 > 10.0.2.2 type 3 code 1 ttl 1 quote { udp 10.0.2.2:1 > 10.0.1.2:2 }", "a later fragment": "udp 10.0.1.2 > 10.0.2.2 frag 5 ttl 1",
		"a group": "udp 224.0.0.1:1 > 10.0.2.2:2 ttl 1", "the network": "udp 10.0.1.255:1 > 10.0.2.2:2 ttl 1", "nobody": "udp 0.0.0.0:1 > 10.0.2.2:2 ttl 1",
		"an unknown type": "icmp 10.0.1.2 > 10.0.2.2 type 44 ttl 1", "IPv6 error": "icmpv6 2001:db8:1::2 > 2001:db8:2::2 type 1 ttl 1",
		"IPv6 group": "udp [ff02::1]:1 > [2001:db8:2::2]:2 ttl 1", "IPv6 nobody": "udp [::]:1 > [2001:db8:2::2]:2 ttl 1",
	} {
		r.expect("about "+name, r.send("a", line))
	}
	r.expect("about echo", r.send("a", "icmp 10.0.1.2 > 10.0.2.2 ttl 1"), "a: 12 icmp 10.0.1.1 > 10.0.1.2 type 11 code 0 quote { icmp 10.0.1.2 > 10.0.2.2 ttl 1 }")
}

// Path MTU: what is too long comes back as an error that tells how long it may be, and its own beginning.
func TestTooBig(t *testing.T) {
	r := routed(t)
	r.mems["b"].MTU = 600
	r.cli("set interface state b down\nset interface state b up") // its link is looked at
	df := func(n int) []byte {
		p := r.frame("a", fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.2:2 len %d", n))
		p[20] |= 0x40
		sum := uint16(p[24])<<8 | uint16(p[25])
		sum -= 0x4000
		if sum >= 0xc000 { // borrowed
			sum--
		}
		p[24], p[25] = byte(sum>>8), byte(sum)
		return p
	}
	r.mems["a"].Inject(0, df(600-28))
	if out := r.step(); len(out) != 1 || !strings.HasPrefix(out[0], "b: ") {
		t.Fatalf("%q", out)
	}
	r.mems["a"].Inject(0, df(601-28))
	for r.Step() {
	}
	sent := r.mems["a"].Sent()
	if len(sent) != 1 {
		t.Fatalf("%d packets", len(sent))
	}
	p := sent[0]
	if len(p) != 14+576 || p[34] != 3 || p[35] != 4 || int(p[40])<<8|int(p[41]) != 600 || strings.Contains(packetline.String(p), "bad") {
		t.Errorf("%d bytes: %x", len(p), p[:64])
	}
	r.counted("ip4-rewrite: longer than the MTU of the way out, and must not be fragmented", 1)
	out := r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 len 1400")
	if len(out) != 1 || !strings.HasPrefix(out[0], "a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 2 seq 600 len 1232") {
		t.Errorf("%q", out)
	}
	r.counted("ip6-rewrite: longer than the MTU of the way out, and must not be fragmented", 1)
}

func TestErrorsAreLimited(t *testing.T) {
	r := routed(t)
	sent := 0
	for range 50 {
		sent += len(r.send("a", lines(100, "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1")...))
		r.now += int64(time.Millisecond)
	}
	if sent < 100 || sent > 160 {
		t.Errorf("%d errors about 5000 packets in 50 ms", sent)
	}
	r.counted("ip4-icmp-error: no error sent: too many already", uint64(5000-sent))
}

func lines(n int, line string) (out []string) {
	for range n {
		out = append(out, line)
	}
	return out
}

func TestThisHost(t *testing.T) {
	r := routed(t)
	r.expect("ping", r.send("a", "icmp 10.0.1.2 > 10.0.1.1 id 7 seq 3 len 56", "icmp 10.0.1.2 > 10.0.2.1 id 7 ttl 1"),
		"a: 12 icmp 10.0.1.1 > 10.0.1.2 type 0 code 0 id 7 seq 3 len 56", "a: 12 icmp 10.0.2.1 > 10.0.1.2 type 0 code 0 id 7")
	r.expect("ping6", r.send("a", "icmpv6 2001:db8:1::2 > 2001:db8:1::1 id 7 seq 3 len 9"), "a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 129 code 0 id 7 seq 3 len 9")
	r.expect("closed port", r.send("a", "udp 10.0.1.2:1 > 10.0.1.1:53", "udp [2001:db8:1::2]:1 > [2001:db8:1::1]:53"),
		"a: 12 icmp 10.0.1.1 > 10.0.1.2 type 3 code 3 quote { udp 10.0.1.2:1 > 10.0.1.1:53 }",
		"a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 1 code 4 quote { udp [2001:db8:1::2]:1 > [2001:db8:1::1]:53 }")
	r.expect("nothing", r.send("a", "tcp 10.0.1.2:1 > 10.0.1.1:53 [S]", "icmp 10.0.1.2 > 10.0.1.1 badl4sum", "icmp 224.0.0.1 > 10.0.1.1", "icmp 10.0.1.2 > 10.0.1.1 frag 0+ len 8",
		"icmpv6 2001:db8:1::2 > ff02::2 type 133", "icmp 10.0.1.2 > 10.0.1.255", "icmp 10.0.1.2 > 10.0.1.1 type 0 id 9"))
	r.counted("ip4-punt-end: for this host, which takes no such packets", 2)
	r.counted("ip4-local: ICMP checksum wrong", 1)
	r.counted("ip4-local: not from a host", 1)
	r.counted("ip4-punt-end: fragment for this host: none are reassembled", 1)
	r.counted("ip6-punt-end: router discovery, group membership: not for this host", 1)
}

// What one flow takes another may not, and each keeps to its own.
func TestSpread(t *testing.T) {
	r := routed(t)
	r.cli("ip route add 20.0.0.0/8 via 10.0.2.2 b weight 3 via 10.0.3.2 c\nip route add 2001:db8:20::/48 via 2001:db8:2::2 b via 2001:db8:3::2 c")
	for _, c := range []struct {
		line    string
		b, most int
	}{{"udp 10.0.1.2:%d > 20.0.0.1:53", 768, 70}, {"udp [2001:db8:1::2]:%d > [2001:db8:20::1]:53", 512, 80}} {
		way := map[string]string{}
		b := 0
		for range 2 {
			b = 0
			for i := 0; i < 1024; i += 128 {
				var list []string
				for n := range 128 {
					list = append(list, fmt.Sprintf(c.line, 1000+i+n))
				}
				for _, got := range r.send("a", list...) {
					name, line, _ := strings.Cut(got, ": ")
					_, flow, _ := strings.Cut(line, " ")
					if old, ok := way[flow]; ok && old != name {
						t.Fatalf("%s leaves by %s and by %s", flow, old, name)
					}
					if way[flow] = name; name == "b" {
						b++
					}
				}
			}
		}
		if len(way) != 1024 || b < c.b-c.most || b > c.b+c.most {
			t.Errorf("%s: %d of %d flows leave by b, want about %d", c.line, b, len(way), c.b)
		}
	}
	r.cli("set interface state b down")
	if out := r.send("a", "udp 10.0.1.2:1 > 20.0.0.1:1", "udp 10.0.1.2:1 > 20.0.0.1:2", "udp 10.0.1.2:1 > 20.0.0.1:3", "udp 10.0.1.2:1 > 20.0.0.1:4"); len(out) != 4 || !strings.HasPrefix(out[0], "c: ") {
		t.Errorf("%q", out)
	}
}

func TestVRFs(t *testing.T) {
	r := newRig(t)
	r.refused("set interface ip table a 7", "no IPv4 table 7")
	r.cli(`ip table add 7 name blue
		set interface ip table a 7
		set interface ip table b 7
		set interface ip address a 10.0.1.1/24
		set interface ip address b 10.0.2.1/24
		set interface ip address c 10.0.2.1/24
		set ip neighbor b 10.0.2.2 02:00:00:00:00:22
		set ip neighbor c 10.0.2.2 02:00:00:00:00:32`)
	r.refused("set interface ip table a 0", "a has addresses in table 7")
	r.refused("ip table del 7", "has 2 interfaces")
	r.expect("in its own table", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	r.expect("not in another", r.send("c", "udp 10.0.2.2:1 > 10.0.1.2:2"))
	r.cli("ip route add table 7 50.0.0.0/8 via ip4-lookup-in-table 0\nip route add 50.0.0.0/8 via 10.0.2.2 c\nip route add table 7 51.0.0.0/8 via ip4-lookup-in-table 7")
	r.expect("through another", r.send("a", "udp 10.0.1.2:1 > 50.0.0.1:2", "udp 10.0.1.2:1 > 51.0.0.1:2"), "c: 32 udp 10.0.1.2:1 > 50.0.0.1:2 ttl 63")
}

func TestOffIsOff(t *testing.T) {
	r := newRig(t)
	r.cli("set interface ip address b 10.0.2.1/24")
	r.expect("no address", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2", "arp who-has 10.0.2.1 tell 10.0.2.9 9"))
	r.counted("ip4-not-enabled: IPv4 is off on the interface, and it is not cross-connected", 1)
	r.counted("ip6-not-enabled: IPv6 is off on the interface, and it is not cross-connected", 1)
	r.cli("enable ip4 interface a\nset ip neighbor b 10.0.2.2 02:00:00:00:00:22")
	r.expect("enabled", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	r.cli("enable ip4 interface a disable\nset interface l2 xconnect a b")
	r.expect("a wire", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1"), "b: "+text(r.frame("a", "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1")))
}

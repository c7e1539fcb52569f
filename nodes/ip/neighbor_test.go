package ip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func addressed(t testing.TB) *rig {
	r := newRig(t)
	r.cli("set interface ip address a 10.0.1.1/24\nset interface ip address b 10.0.2.1/24\nset interface ip address a 2001:db8:1::1/64\nset interface ip address b 2001:db8:2::1/64")
	return r
}

func TestARPIsAnswered(t *testing.T) {
	r := addressed(t)
	r.expect("who has our address", r.send("a", "arp who-has 10.0.1.1 tell 10.0.1.2 12"), "a: 12 arp is-at 10.0.1.1 02aa00000001 to 10.0.1.2")
	r.expect("and is known from then on", r.send("b", "udp 10.0.2.2:1 > 10.0.1.2:2"), "a: 12 udp 10.0.2.2:1 > 10.0.1.2:2 ttl 63")
	r.expect("is it free?", r.send("a", "arp who-has 10.0.1.1 tell 0.0.0.0 13"), "a: 13 arp is-at 10.0.1.1 02aa00000001 to 0.0.0.0")
	r.expect("for others, by strangers, by us", r.send("a", "arp who-has 10.0.1.9 tell 10.0.1.2 12", "arp who-has 10.0.2.1 tell 10.0.1.2 12", "arp who-has 10.0.1.1 tell 10.0.9.9 19",
		"arp who-has 10.0.1.1 tell 10.0.1.1 19", "arp who-has 10.0.1.9 tell 0.0.0.0 13"))
	r.counted("arp-input: ARP for somebody else", 3)
	r.counted("arp-input: ARP sender is of none of the interface's networks", 1)
	r.counted("arp-input: ARP sender has our address", 1)
	for i, change := range []func(p []byte){
		func(p []byte) { p[6]++ }, func(p []byte) { p[22], p[6] = 3, 3 }, func(p []byte) { p[15] = 6 }, func(p []byte) { p[21] = 9 }, func(p []byte) { p[19] = 5 },
	} {
		p := arp("arp who-has 10.0.1.1 tell 10.0.1.2 12")
		change(p)
		r.mems["a"].Inject(0, p)
		r.expect(fmt.Sprint("malformed ", i), r.step())
	}
	r.mems["a"].Inject(0, arp("arp who-has 10.0.1.1 tell 10.0.1.2 12")[:41])
	r.expect("short", r.step())
	r.counted("arp-input: ARP sender is no host, or not the one that sent the frame", 2)
	r.counted("arp-input: ARP not of Ethernet and IPv4, or no request or reply", 3)
	r.counted("arp-input: ARP message cut short", 1)
}

// Requests are answered for addresses on the link that the operator has a route to this host for; and virtual routers answer by
// frames of another address than theirs.
func TestARPOfRoutesAndVirtualRouters(t *testing.T) {
	r := addressed(t)
	r.cli("ip route add 10.0.1.7/32 via local\nip route add 20.0.0.1/32 via local")
	r.expect("ours", r.send("a", "arp who-has 10.0.1.7 tell 10.0.1.2 12"), "a: 12 arp is-at 10.0.1.7 02aa00000001 to 10.0.1.2")
	r.expect("not on that link", r.send("a", "arp who-has 20.0.0.1 tell 10.0.1.2 12", "arp who-has 10.0.2.1 tell 10.0.1.2 12"))
	r.expect("asked", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: all arp who-has 10.0.2.2 tell 10.0.2.1")
	p := arp("arp is-at 10.0.2.2 22 to 10.0.2.1 2")
	copy(p[22:], []byte{0, 0, 0x5e, 0, 1, 9})
	r.mems["b"].Inject(0, p)
	r.expect("virtual", r.step(), "b: 00:00:5e:00:01:09 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
}

// Packets wait for their neighbour, and go when it has answered; those that are too many are dropped.
func TestPacketsWait(t *testing.T) {
	r := addressed(t)
	r.cli("ip route add 20.0.0.0/8 via 10.0.2.9 b")
	r.expect("foreseen", r.step(), "b: all arp who-has 10.0.2.9 tell 10.0.2.1")
	var list []string
	for i := range 6 {
		list = append(list, fmt.Sprintf("udp 10.0.1.2:%d > 10.0.2.2:2", 1+i))
	}
	r.expect("asked", r.send("a", append(list, "udp 10.0.1.2:1 > 20.0.0.1:2")...), "b: all arp who-has 10.0.2.9 tell 10.0.2.1", "b: all arp who-has 10.0.2.2 tell 10.0.2.1")
	r.counted("ip4-glean: enough packets wait for that neighbour", 2)
	r.expect("not asked twice", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"))
	r.expect("answered", r.send("b", "arp is-at 10.0.2.2 22 to 10.0.2.1 2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63", "b: 22 udp 10.0.1.2:2 > 10.0.2.2:2 ttl 63",
		"b: 22 udp 10.0.1.2:3 > 10.0.2.2:2 ttl 63", "b: 22 udp 10.0.1.2:4 > 10.0.2.2:2 ttl 63")
	r.expect("the other", r.send("b", "arp is-at 10.0.2.9 29 to 10.0.2.1 2"), "b: 29 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63")
	r.expect("at once", r.send("a", "udp 10.0.1.2:1 > 20.0.0.1:2"), "b: 29 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63")
	if got := r.cli("show ip fib 10.0.2.2/32"); !strings.Contains(got, "ipv4 via 10.0.2.2 b: mtu:1500 next:1 flags:[] 02000000002202aa000000020800") {
		t.Error(got)
	}
	r.expect("a host moves, and says so", r.send("b", "arp who-has 10.0.2.9 tell 10.0.2.9 39"))
	r.expect("there", r.send("a", "udp 10.0.1.2:1 > 20.0.0.1:2"), "b: 39 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63")
	r.expect("one that nobody asked for", r.send("b", "arp who-has 10.0.2.77 tell 10.0.2.77 77", "arp is-at 10.0.2.78 78 to 10.0.2.1 2"))
	if got := r.cli("show ip neighbors b"); strings.Contains(got, "10.0.2.7") || strings.Count(got, "\n") != 3 {
		t.Error(got)
	}
}

// Nobody there: three requests, and the packets' senders are told.
func TestNoAnswer(t *testing.T) {
	r := addressed(t)
	r.cli("set ip neighbor static a 10.0.1.2 02:00:00:00:00:12\nset ip neighbor static a 2001:db8:1::2 02:00:00:00:00:12")
	ask := "b: all arp who-has 10.0.2.2 tell 10.0.2.1"
	r.expect("asked", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), ask)
	r.expect("again", r.after(2500*time.Millisecond), ask, ask)
	r.expect("told", r.after(time.Second), "a: 12 icmp 10.0.1.1 > 10.0.1.2 type 3 code 1 quote { udp 10.0.1.2:1 > 10.0.2.2:2 }")
	r.expect("rest", r.after(10*time.Second))
	if got := r.cli("show ip neighbors b"); got != "" {
		t.Error(got)
	}
	out := r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2")
	if len(out) != 1 || !strings.HasPrefix(out[0], "b: ff:00:00:02 icmpv6 2001:db8:2::1 > ff02::1:ff00:2 type 135") || !strings.Contains(out[0], "ttl 255") {
		t.Errorf("%q", out)
	}
	if out = r.after(5 * time.Second); len(out) != 3 || !strings.HasPrefix(out[2], "a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 1 code 3") {
		t.Errorf("%q", out)
	}
}

func TestNeighborDiscovery(t *testing.T) {
	r := addressed(t)
	const target1, ll = "20010db8000100000000000000000001", "fe8000000000000000aa00fffe000001"
	r.expect("who has our address", r.send("a", "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data "+target1+"0101020000000012"),
		"a: 12 icmpv6 2001:db8:1::1 > 2001:db8:1::2 type 136 ttl 255 id 24576 data "+target1+"020102aa00000001")
	r.expect("and is known", r.send("b", "udp [2001:db8:2::2]:1 > [2001:db8:1::2]:2"), "a: 12 udp [2001:db8:2::2]:1 > [2001:db8:1::2]:2 ttl 63")
	r.expect("link-local", r.send("a", "icmpv6 fe80::2 > ff02::1:ff00:1 type 135 ttl 255 data "+ll+"0101020000000012"),
		"a: 12 icmpv6 fe80::aa:ff:fe00:1 > fe80::2 type 136 ttl 255 id 24576 data "+ll+"020102aa00000001")
	r.expect("ping there", r.send("a", "icmpv6 fe80::2 > fe80::aa:ff:fe00:1 id 7"), "a: 12 icmpv6 fe80::aa:ff:fe00:1 > fe80::2 type 129 id 7")
	r.expect("ping all", r.send("a", "icmpv6 fe80::2 > ff02::1 id 7"), "a: 12 icmpv6 fe80::aa:ff:fe00:1 > fe80::2 type 129 id 7")
	r.expect("is it free?", r.send("a", "icmpv6 :: > ff02::1:ff00:1 type 135 ttl 255 data "+target1), "a: 00:00:00:01 icmpv6 2001:db8:1::1 > ff02::1 type 136 ttl 255 id 8192 data "+target1+"020102aa00000001")
	for name, line := range map[string]string{
		"from beyond": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 254 data " + target1 + "0101020000000012", "code": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 code 1 ttl 255 data " + target1,
		"for others": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data 20010db8000100000000000000000009", "option of no length": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data " + target1 + "0100020000000012",
		"option cut short": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data " + target1 + "0102020000000012", "a group's MAC": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data " + target1 + "0101030000000012",
		"a stranger": "icmpv6 2001:db8:9::2 > ff02::1:ff00:1 type 135 ttl 255 data " + target1 + "0101020000000012", "a group as target": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data ff020000000000000000000000000001",
		"nobody with a MAC": "icmpv6 :: > ff02::1:ff00:1 type 135 ttl 255 data " + target1 + "0101020000000012", "short": "icmpv6 2001:db8:1::2 > ff02::1:ff00:1 type 135 ttl 255 data 20010db8",
	} {
		r.expect(name, r.send("a", line))
	}
	out := r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::9]:2")
	if len(out) != 1 || !strings.Contains(out[0], "b: ff:00:00:09 icmpv6 2001:db8:2::1 > ff02::1:ff00:9 type 135") {
		t.Errorf("%q", out)
	}
	r.expect("answered", r.send("b", "icmpv6 2001:db8:2::9 > 2001:db8:2::1 type 136 id 24576 ttl 255 data 20010db80002000000000000000000090201020000000029"), "b: 29 udp [2001:db8:1::2]:1 > [2001:db8:2::9]:2 ttl 63")
	r.expect("unasked", r.send("b", "icmpv6 2001:db8:2::8 > ff02::1 type 136 id 8192 ttl 255 data 20010db80002000000000000000000080201020000000029"))
	if got := r.cli("show ip6 neighbors b"); strings.Contains(got, "::8") || !strings.Contains(got, "2001:db8:2::9") {
		t.Error(got)
	}
}

// A neighbour that has not been heard of for a minute is asked when somebody needs it; packets go there meanwhile.
func TestAgeing(t *testing.T) {
	r := addressed(t)
	r.cli("set ip neighbor static a 10.0.1.2 02:00:00:00:00:12")
	r.send("b", "arp who-has 10.0.2.1 tell 10.0.2.2 22")
	udp, ask := "udp 10.0.1.2:1 > 10.0.2.2:2", "b: 22 arp who-has 10.0.2.2 tell 10.0.2.1"
	r.expect("a minute and a half", r.after(90*time.Second))
	r.expect("needed", r.send("a", udp), "b: 22 "+udp+" ttl 63", ask)
	r.expect("needed more", r.send("a", udp), "b: 22 "+udp+" ttl 63")
	r.expect("it answers", r.send("b", "arp is-at 10.0.2.2 22 to 10.0.2.1 2"))
	r.expect("all is well", r.after(30*time.Second))
	r.after(time.Minute)
	r.expect("needed again", r.send("a", udp), "b: 22 "+udp+" ttl 63", ask)
	r.expect("nobody answers", r.after(5*time.Second), ask, ask)
	r.expect("looked for anew", r.send("a", udp), "b: all arp who-has 10.0.2.2 tell 10.0.2.1")
	r.cli("ip neighbor-flush b")
}

// What a scan of the network and a flood of ARP can make the router do.
func TestNeighborStorms(t *testing.T) {
	r := newRig(t)
	r.cli("set interface ip address a 10.0.1.1/24\nset interface ip address b 10.8.0.1/14")
	asked := 0
	for i := range 100 { // 25600 hosts that are not there, in a second
		var list []string
		for n := range 256 {
			list = append(list, fmt.Sprintf("udp 10.0.1.2:1 > 10.9.%d.%d:2", i, n))
		}
		asked += len(r.send("a", list...))
		r.now += int64(10 * time.Millisecond)
	}
	if asked > 1100 || asked < 64 {
		t.Errorf("%d requests", asked)
	}
	if used := r.Buffers().InUse(); used > 256 {
		t.Errorf("%d packets wait", used)
	}
	for i := range 200 { // 51200 hosts ask us, in a second
		var list []string
		for n := range 256 {
			list = append(list, fmt.Sprintf("arp who-has 10.8.0.1 tell 10.10.%d.%d 22", i, n))
		}
		if got := strings.Count(strings.Join(r.send("b", list...), "\n"), "is-at"); got != 256 {
			t.Fatalf("%d answers to 256 requests", got)
		}
		r.now += int64(5 * time.Millisecond)
	}
	if n := strings.Count(r.cli("show ip neighbors b"), "reachable"); n != 0 {
		t.Error(n)
	}
	if n := len(r.IP().Neighbors()); n > 500+1024+600 || n < 500 {
		t.Errorf("%d neighbours", n)
	}
	r.after(10 * time.Second)
	r.cli("set interface state b down")
	if n := len(r.IP().Neighbors()); n != 0 {
		t.Errorf("%d neighbours on a link that is down", n)
	}
}

// While one host scans the network, others' packets to hosts there have these looked for, though no packet has a place to wait in.
func TestScansLeaveOthersTheirShare(t *testing.T) {
	for _, c := range []struct{ to, scanner, nobody, from, host string }{
		{"10.8.0.1/14", "10.0.1.2", "10.9.%d.%d", "10.0.1.%d", "10.10.0.%d"},
		{"2001:db8:8::1/64", "[2001:db8:1::2]", "[2001:db8:8::%d:%d]", "[2001:db8:1::%d]", "[2001:db8:8::99:%d]"},
	} {
		r := newRig(t)
		r.cli("set interface ip address a 10.0.1.1/24\nset interface ip address a 2001:db8:1::1/64\nset interface ip address b " + c.to)
		for i := range 400 { // 4 s
			var list []string
			for n := range 64 {
				list = append(list, fmt.Sprintf("udp "+c.scanner+":1 > "+c.nobody+":2", i/2, n+i%2*64))
			}
			if i > 100 && i%10 == 0 { // behind the scanner's
				list = append(list, fmt.Sprintf("udp "+c.from+":1 > "+c.host+":2", i/10, i/10))
			}
			r.send("a", list...)
			r.now += int64(10 * time.Millisecond)
		}
		if n := strings.Count(r.cli("show ip neighbors b"), strings.Trim(strings.TrimSuffix(c.host, "%d]"), "%d[")); n < 20 {
			t.Errorf("%d hosts of 29 are looked for", n)
		}
	}
}

// Changes under way must not lose what waits, or send it where nobody is.
func TestWaitingMeetsChanges(t *testing.T) {
	r := addressed(t)
	wait := func() { r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2") }
	wait()
	r.cli("set interface ip address del b 10.0.2.1/24\nset interface state b down")
	if out := strings.Join(r.after(10*time.Second), "\n"); strings.Contains(out, "b: ") {
		t.Error(out)
	}
	if n := r.Buffers().InUse(); n != 0 {
		t.Errorf("%d packets still wait", n)
	}
	r.cli("set interface ip address b 10.0.2.1/24\nset interface state b up")
	wait()
	r.cli("set ip neighbor b 10.0.2.2 02:00:00:00:00:22")
	r.expect("the operator knows", r.step(), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	wait() // and Close finds what waits
}

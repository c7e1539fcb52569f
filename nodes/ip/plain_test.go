package ip_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
)

// mixedLines are packets of all kinds: those that take the short ways through the nodes, and those that just do not.
var mixedLines = []string{
	"udp 10.0.1.2:1 > 10.0.2.2:2", "tcp 10.0.1.2:1 > 10.0.3.2:2 [S]", "udp 10.0.1.2:1 > 20.0.0.1:2 len 1", "udp 10.0.1.2:1 > 20.9.9.1:2 len 17", "tcp 10.0.1.2:1 > 21.0.0.1:2 [PA] len 1460",
	"udp 10.0.1.2:1 > 22.0.0.1:2", "udp 10.0.1.2:2 > 22.0.0.1:2", "udp 10.0.1.2:3 > 22.0.0.1:2", "udp 10.0.1.2:1 > 23.0.0.1:2", "udp 10.0.1.2:1 > 24.0.0.1:2", "udp 10.0.1.2:1 > 25.0.0.1:2",
	"udp 10.0.1.2:1 > 10.0.2.2:2 ttl 2", "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1", "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 0", "udp 10.0.1.2:1 > 10.0.2.2:2 opt 01010101", "tcp 10.0.1.2:1 > 10.0.3.2:2 [A] opt 0101010101010101 ttl 1",
	"udp 10.0.1.2:1 > 20.0.0.1:2 badsum", "udp 10.0.1.2:1 > 20.0.0.1:2 frag 0+ len 64", "udp 10.0.1.2:1 > 20.0.0.1:2 frag 64 len 33", "icmp 10.0.1.2 > 20.0.0.1 type 8 id 7", "gre 10.0.1.2 > 20.0.0.1", "ip proto 200 10.0.1.2 > 20.0.0.1 data 00",
	"udp 10.0.1.2:1 > 10.0.2.255:2", "udp 10.0.1.2:1 > 30.0.0.1:2", "udp 10.0.1.2:1 > 20.0.0.1:2 pad 5", "udp 10.0.1.2:1 > 20.0.0.1:2 len 1472", "udp 10.0.7.2:1 > 20.0.0.1:2 vlan 7 len 30", "udp 10.0.1.2:1 > 10.0.8.2:2 len 30",
	"udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2", "tcp [2001:db8:1::2]:1 > [2001:db8:3::2]:2 [S]", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 2", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1",
	"udp [2001:db8:1::2]:1 > [2001:db8:22::1]:2", "udp [2001:db8:1::2]:2 > [2001:db8:22::1]:2", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ext hbh", "udp [2001:db8:1::2]:1 > [2001:db8:99::2]:2",
}

// mixedRig has for these lines routes of each kind: by one hop and by several, through another table, to nowhere; sub-interfaces.
func mixedRig(t *testing.T) *rig {
	r := routed(t)
	r.cli(`create sub-interfaces a 7
		create sub-interfaces b 8
		set interface state a.7 up
		set interface state b.8 up
		set interface ip address a.7 10.0.7.1/24
		set interface ip address b.8 10.0.8.1/24
		set ip neighbor static b.8 10.0.8.2 02:00:00:00:00:82
		ip table add 5
		ip route add 20.0.0.0/8 via 10.0.2.2 b
		ip route add 20.9.0.0/17 via 10.0.3.2 c
		ip route add 21.0.0.0/31 via 10.0.3.2 c
		ip route add 22.0.0.0/24 via 10.0.2.2 b via 10.0.3.2 c
		ip route add 23.0.0.0/8 via ip4-lookup-in-table 5
		ip route add 23.0.0.1/32 table 5 via 10.0.2.2 b
		ip route add 24.0.0.0/8 via null-send-unreach
		ip route add 25.0.0.0/8 via 10.0.2.2
		ip route add 2001:db8:22::/48 via 2001:db8:2::2 b via 2001:db8:3::2 c`)
	return r
}

// forwarded is what was sent and is no answer of the router's own, whose rate is limited, in an order of its own: nodes keep that of
// packets that go the same way, and no more. Each router has its own flow hash.
func forwarded(out []string) []string {
	out = slices.DeleteFunc(out, func(s string) bool { return strings.Contains(s, " icmp") && !strings.Contains(s, "type 8") })
	for i, s := range out {
		if strings.Contains(s, "> 22.0.0.1") || strings.Contains(s, "> [2001:db8:22::1]") {
			_, out[i], _ = strings.Cut(s[3:], " ")
		}
	}
	slices.Sort(out)
	return out
}

// What becomes of a packet does not depend on what else is in its frame.
func TestMixedFrames(t *testing.T) {
	alone, together := mixedRig(t), mixedRig(t)
	seed := rand.Uint64()
	g := rand.New(rand.NewPCG(seed, 0))
	for round := range 60 {
		usual := mixedLines[g.IntN(len(mixedLines))]
		var want []string
		n := 1 + g.IntN(256)
		for range n {
			line, in := usual, "a"
			if g.IntN(4) == 0 {
				line = mixedLines[g.IntN(len(mixedLines))]
			}
			p := alone.frame(in, line)
			switch g.IntN(40) {
			case 0:
				p[5] ^= 0x40 // for another host
			case 1:
				p = p[:g.IntN(len(p))]
			case 2:
				in = "c"
				copy(p, alone.mems[in].MAC)
			case 3:
				p[14+g.IntN(20)] ^= 1 << g.IntN(8)
			}
			alone.mems[in].Inject(0, p)
			want = append(want, alone.step()...)
			together.mems[in].Inject(0, p)
		}
		got := forwarded(together.step())
		if want = forwarded(want); !slices.Equal(got, want) {
			t.Fatalf("seed %d, round %d, mostly %q: %d packets left, and %d one by one\n%s\nand\n%s", seed, round, usual, len(got), len(want),
				strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	want, got := errorsOf(alone), errorsOf(together)
	for name, n := range want {
		if got[name] != n {
			t.Errorf("seed %d: %s: %d, and one by one %d", seed, name, got[name], n)
		}
	}
}

// errorsOf is what the nodes have counted that the router's own answers, whose rate is limited, do not come to.
func errorsOf(r *rig) map[string]uint64 {
	counts := map[string]uint64{}
	for _, e := range r.Errors() {
		switch e.Node {
		case "ethernet-input", "ip4-input", "ip6-input", "ip4-local", "ip6-local", "ip4-not-enabled", "ip6-not-enabled":
			counts[e.Node+": "+e.Reason] = e.Count
		}
	}
	return counts
}

// Packets at the edges of the short ways: the longest that fit, the TTL that is the last, and sums that are zero or all ones.
func TestEdgesOfTheShortWay(t *testing.T) {
	r := mixedRig(t)
	for _, v := range []struct{ line, out string }{
		{"udp 10.0.1.2:1 > 20.0.0.1:2 len 1472", "b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 len 1472 ttl 63"},
		{"udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 len 1452", "b: 22 udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 len 1452 ttl 63"},
		{"udp 10.0.1.2:1 > 20.0.0.1:2 ttl 2", "b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 1"},
		{"udp 10.0.1.2:1 > 20.0.0.1:2 pad 3", "b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63 pad 3"},
		{"udp 10.0.1.2:1 > 21.0.0.0:2", "c: 32 udp 10.0.1.2:1 > 21.0.0.0:2 ttl 63"},
		{"udp 10.0.1.2:1 > 21.0.0.1:2", "c: 32 udp 10.0.1.2:1 > 21.0.0.1:2 ttl 63"},
		{"udp 10.0.1.2:1 > 20.9.127.255:2", "c: 32 udp 10.0.1.2:1 > 20.9.127.255:2 ttl 63"},
		{"udp 10.0.1.2:1 > 20.9.128.0:2", "b: 22 udp 10.0.1.2:1 > 20.9.128.0:2 ttl 63"},
	} {
		r.expect(v.line, r.send("a", v.line, v.line), v.out, v.out)
	}
	r.expect("no route behind the last address", r.send("a", "udp 10.0.1.2:1 > 21.0.0.2:2"))
	p := packetline.MustBuild("udp 10.0.1.2:1 > 20.0.0.1:2")
	copy(p, r.mems["a"].MAC)
	p[24], p[25] = 0, 0 // a sum of nothing is wrong here
	r.mems["a"].Inject(0, p)
	r.expect("without a checksum", r.step())
	r.counted("ip4-input: IPv4 header checksum wrong", 1)
}

// A TTL that has run out is seen on the short way too, and each packet of a frame is looked up in its own interface's table.
func TestShortWayLooksAtEachPacket(t *testing.T) {
	r := mixedRig(t)
	for _, line := range []string{"udp 10.0.1.2:1 > 20.0.0.1:2 ttl 1", "udp 10.0.1.2:1 > 20.0.0.1:2 ttl 0", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1"} {
		r.expect(line, forwarded(r.send("a", line, line)))
	}
	r = newRig(t)
	r.cli(`ip table add 9
		set interface ip table c 9
		set interface ip address a 10.0.1.1/24
		set interface ip address b 10.0.2.1/24
		set interface ip address c 10.0.3.1/24
		set ip neighbor static a 10.0.1.2 02:00:00:00:00:12
		set ip neighbor static b 10.0.2.2 02:00:00:00:00:22
		ip route add 20.0.0.0/8 via 10.0.2.2 b
		ip route add 20.0.0.0/8 table 9 via 10.0.1.2 a`)
	for range 3 {
		r.mems["a"].Inject(0, r.frame("a", "udp 10.0.1.2:1 > 20.0.0.1:2"))
		r.mems["c"].Inject(0, r.frame("c", "udp 10.0.3.2:1 > 20.0.0.1:2"))
	}
	a, b := "a: 12 udp 10.0.3.2:1 > 20.0.0.1:2 ttl 63", "b: 22 udp 10.0.1.2:1 > 20.0.0.1:2 ttl 63"
	r.expect("two tables", r.step(), a, a, a, b, b, b)
}

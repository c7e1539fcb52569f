package ip_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// The sum is the very one that a sender of the new header would have written, on the short way and on the long one: 0 where another
// router might write 0xffff, which is right too.
func TestChecksumIsAsIfWrittenAnew(t *testing.T) {
	r := mixedRig(t)
	for _, x := range []struct {
		line string
		l3   int
	}{{"udp 10.0.1.2:1 > 10.0.2.2:2", 14}, {"udp 10.0.7.2:1 > 10.0.2.2:2 vlan 7 opt 01010101", 18}} {
		p := r.frame("a", x.line)
		h := p[x.l3 : x.l3+int(p[x.l3]&15)*4]
		for id := range 1 << 16 {
			binary.BigEndian.PutUint16(h[4:], uint16(id))
			clear(h[10:12])
			sum := packet.Checksum(h, 0)
			binary.BigEndian.PutUint16(h[10:], sum)
			r.mems["a"].Inject(0, p)
			if sum == 0 { // the same, in the other form
				h[10], h[11] = 0xff, 0xff
				r.mems["a"].Inject(0, p)
			}
			if id%128 != 127 {
				continue
			}
			for r.Step() {
			}
			for _, q := range r.mems["b"].Sent() {
				h := q[14 : 14+int(q[14]&15)*4]
				got := binary.BigEndian.Uint16(h[10:])
				clear(h[10:12])
				if want := packet.Checksum(h, 0); got != want {
					t.Fatalf("%s: sum %04x of %x, want %04x", x.line, got, h, want)
				}
			}
		}
	}
}

// never counts what no error is sent about.
const never = "-icmp-error: no error sent: about an error, a later fragment, or to or from more than one host"

func TestNoErrorsAbout(t *testing.T) {
	r := routed(t)
	r.cli("set interface ip directed-broadcast a\nip route add 255.255.255.255/32 via null-send-unreach\nip route add ff05::/16 via null-send-unreach\nip route add ff05::1/128 via 2001:db8:2::2 b")
	for i, line := range []string{
		"udp 10.0.1.0:1 > 10.0.2.2:2 ttl 1", "udp 10.0.1.255:1 > 10.0.2.2:2 ttl 1", "udp 10.0.1.2:1 > 10.0.1.255:2 ttl 1", "udp 127.0.0.1:1 > 10.0.2.2:2 ttl 1", "udp 0.0.0.1:1 > 10.0.2.2:2 ttl 1",
		"udp 240.0.0.1:1 > 10.0.2.2:2 ttl 1", "udp 10.0.1.2:1 > 255.255.255.255:2", "udp 10.0.1.2 > 10.0.2.2 frag 5 ttl 1", "icmp 10.0.1.2 > 10.0.2.2 type 44 ttl 1", "icmp 10.0.1.2 > 10.0.2.2 type 5 ttl 1",
	} {
		r.expect(line, r.send("a", line))
		r.counted("ip4"+never, uint64(i+1))
	}
	for i, line := range []string{
		"udp [::]:1 > [2001:db8:2::2]:2 ttl 1", "udp [::1]:1 > [2001:db8:2::2]:2 ttl 1", "udp [ff02::1]:1 > [2001:db8:2::2]:2 ttl 1", "udp 2001:db8:1::2 > 2001:db8:2::2 frag 5 ttl 1",
		"udp [2001:db8:1::2]:1 > [ff05::2]:2", "icmpv6 2001:db8:1::2 > 2001:db8:2::2 type 3 ttl 1",
	} {
		r.expect(line, r.send("a", line))
		r.counted("ip6"+never, uint64(i+1))
	}
	for v, line := range map[string]string{"ip4": "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1", "ip6": "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1"} {
		p := r.frame("a", line)
		p[0], p[1] = 0x01, 0x00
		r.mems["a"].Inject(0, p)
		r.expect("in a frame for all", r.step())
		r.counted(v+never, map[string]uint64{"ip4": 11, "ip6": 7}[v])
	}
	if out := r.send("a", "udp [2001:db8:1::2]:1 > [ff05::1]:2 len 1453"); len(out) != 1 || !strings.Contains(out[0], "type 2") {
		t.Errorf("groups are told of what is too big: %q", out)
	}
	r.expect("padding is no part of it", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1 pad 9"), "a: 12 icmp 10.0.1.1 > 10.0.1.2 type 11 code 0 quote { udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1 }")
}

// What a worker remembers of lookups is of that destination, and of routes as they are now.
func TestRememberedLookups(t *testing.T) {
	r := routed(t)
	r.cli("ip route add 2001:db8:22::/48 via 2001:db8:2::2 b\nip route add 2001:db8:33::/48 via 2001:db8:3::2 c")
	g := rand.New(rand.NewPCG(7, 0))
	for range 80 {
		var lines []string
		n := 0
		for range 100 {
			to := []int{22, 33}[g.IntN(2)]
			n += to / 33
			lines = append(lines, fmt.Sprintf("udp [2001:db8:1::2]:1 > [2001:db8:%d::%x]:2", to, g.Uint32()&0xffff))
		}
		for i, out := range r.send("a", lines...) {
			if b := i < 100-n; strings.HasPrefix(out, "b: ") != b || strings.Contains(out, "2001:db8:22::") != b {
				t.Fatal(out)
			}
		}
	}
	udp := "udp [2001:db8:1::2]:1 > [2001:db8:22::1]:2"
	r.expect("by b", r.send("a", udp), "b: 22 "+udp+" ttl 63")
	r.cli("ip route add 2001:db8:22::/64 via 2001:db8:3::2 c")
	r.expect("by c", r.send("a", udp), "c: 32 "+udp+" ttl 63")
}

// The pieces of a datagram go the same way, those with ports and those without.
func TestPiecesStayTogether(t *testing.T) {
	r := routed(t)
	r.cli("ip route add 20.0.0.0/8 via 10.0.2.2 b via 10.0.3.2 c")
	ways := map[byte]int{}
	for i := range 64 {
		out := r.send("a", fmt.Sprintf("udp 10.0.1.2:%d > 20.0.0.%d:2 frag 0+ len 64", i, i), fmt.Sprintf("udp 10.0.1.2 > 20.0.0.%d frag 9 len 8", i))
		if len(out) != 2 || out[0][0] != out[1][0] {
			t.Fatalf("%q", out)
		}
		ways[out[0][0]]++
	}
	if ways['b'] < 10 || ways['c'] < 10 {
		t.Errorf("%v", ways)
	}
}

// What neighbours must not say, each counted for what it is.
func TestNeighborsLie(t *testing.T) {
	r := addressed(t)
	const own, group, nd = "20010db8000100000000000000000001", "ff020000000000000000000000000001", "icmp6-neighbor-advertisement: neighbour discovery "
	for _, x := range []struct{ line, count string }{
		{"arp is-at 0.0.0.0 12 to 10.0.1.1 1", "arp-input: ARP sender is of none of the interface's networks"},
		{"icmpv6 2001:db8:1::1 > ff02::1:ff00:1 type 135 ttl 255 data " + own + "0101020000000012", "icmp6-neighbor-solicitation: neighbour discovery of an address that is of none of the interface's networks, or ours"},
		{"icmpv6 2001:db8:1::2 > 2001:db8:1::1 type 136 id 24576 ttl 255 data " + own + "0201020000000012", nd + "of an address that is of none of the interface's networks, or ours"},
		{"icmpv6 2001:db8:1::2 > ff02::1 type 136 id 24576 ttl 255 data 20010db80001000000000000000000020201020000000012", nd + "from beyond the link, or malformed"},
		{"icmpv6 :: > 2001:db8:1::1", "ip6-local: not from a host"},
		{"icmp 0.1.2.3 > 10.0.1.1", "ip4-local: not from a host"},
	} {
		r.expect(x.line, r.send("a", x.line))
		r.counted(x.count, 1)
	}
	r.send("a", "icmpv6 2001:db8:1::2 > 2001:db8:1::1 type 136 id 24576 ttl 255 data "+group+"0201020000000012")
	r.counted(nd+"from beyond the link, or malformed", 2)
}

// What waits is bounded by the places, one neighbour each, and all of it is given up in time, however much that is at once.
func TestAllPlacesTaken(t *testing.T) {
	r := addressed(t)
	for i := range 200 {
		r.send("a", fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.%d:2", 10+i))
	}
	if n := r.Buffers().InUse(); n < 40 || n > 64 {
		t.Errorf("%d packets wait, one for each neighbour", n)
	}
	for i := range 600 {
		r.send("a", fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.%d:2", 10+i%200))
	}
	if n := r.Buffers().InUse(); n < 160 || n > 256 {
		t.Errorf("%d packets wait", n)
	}
	// In the pass after one with packets from a port, Poll has half a frame.
	r.mems["a"].Inject(0, r.frame("a", "tcp 10.0.1.2:1 > 10.0.1.1:2 [S]"))
	r.Step()
	r.now += int64(4 * time.Second)
	r.step()
	if n := r.Buffers().InUse(); n > 4 {
		t.Errorf("%d packets wait, and not only errors for their sender", n)
	}
	r.after(4 * time.Second)
	if n := r.Buffers().InUse(); n != 0 {
		t.Errorf("%d packets wait for ever", n)
	}
}

// Neighbours end with their networks, and with their interface.
func TestNeighborsEnd(t *testing.T) {
	r := mixedRig(t)
	r.send("b", "arp who-has 10.0.2.1 tell 10.0.2.7 27")
	if got := r.cli("show ip4 neighbors b"); !strings.Contains(got, "10.0.2.7 ") {
		t.Error(got)
	}
	r.cli("set interface ip address del b 10.0.2.1/24")
	if got := r.cli("show ip4 neighbors b"); strings.Contains(got, "10.0.2.7 ") || !strings.Contains(got, "10.0.2.2 ") {
		t.Error(got)
	}
	r.cli("delete sub-interface b.8")
	if got := r.cli("show ip4 neighbors"); strings.Contains(got, "10.0.8.2 ") {
		t.Error(got)
	}
}

// The family of a lookup is said by its word, which must not be passed over.
func TestLookupOfTheOtherFamily(t *testing.T) {
	r := newRig(t)
	r.cli("ip table add 5\nip6 table add 5")
	r.refused("ip route add 20.0.0.0/8 via ip6-lookup-in-table 5", "the other family")
	r.refused("ip route add 2001:db8::/32 via ip4-lookup-in-table 5", "the other family")
	r.cli("ip route add 20.0.0.0/8 via ip4-lookup-in-table 5\nip route add 2001:db8::/32 via ip6-lookup-in-table 5\nip route del 20.0.0.0/8 via ip4-lookup-in-table 5")
}

package l2_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/gvpptest"
)

// experimental is an EtherType that nobody parses.
const experimental = 0x88b5

// host is the MAC address of host n: 02:00:00:00:00:n.
func host(n int) net.HardwareAddr { return net.HardwareAddr{2, 0, 0, 0, byte(n >> 8), byte(n)} }

var broadcast = net.HardwareAddr{255, 255, 255, 255, 255, 255}

// frame is a frame that is not IP.
func frame(dst, src net.HardwareAddr) []gvpptest.Packet {
	return []gvpptest.Packet{gvpptest.Layers(&layers.Ethernet{DstMAC: dst, SrcMAC: src, EthernetType: experimental}, gopacket.Payload(make([]byte, 50)))}
}

// datagram is an IPv4 one.
func datagram(dst, src net.HardwareAddr) []gvpptest.Packet {
	return []gvpptest.Packet{gvpptest.Layers(&layers.Ethernet{DstMAC: dst, SrcMAC: src, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}, &layers.UDP{SrcPort: 1, DstPort: 2}, gopacket.Payload("bridge"))}
}

// bridge is a harness with interfaces a, b, … in domain 1.
type bridge struct {
	*gvpptest.Harness
	t   *testing.T
	ifs []*gvpptest.Interface
}

func newBridge(t *testing.T, n int) *bridge {
	t.Helper()
	c := gvpptest.Config{}
	for i := range n {
		c.Interfaces = append(c.Interfaces, string(rune('a'+i)))
	}
	b := &bridge{Harness: gvpptest.New(t, c), t: t}
	b.Exec("create bridge-domain 1")
	for _, name := range c.Interfaces {
		b.Exec("set interface l2 bridge " + name + " 1")
		b.ifs = append(b.ifs, b.Interface(name))
	}
	return b
}

// json runs a command and returns what programs get.
func (b *bridge) json(line string) string {
	b.t.Helper()
	var out bytes.Buffer
	if err := b.DP.CLI().Run(b.t.Context(), line, true, &out); err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

// sends lets packets arrive at an interface and fails unless all of them leave by each of the others, unchanged.
func (b *bridge) sends(from int, packets []gvpptest.Packet, to ...int) {
	b.t.Helper()
	got := b.Send(gvpptest.From(b.ifs[from], packets))
	for i, x := range b.ifs {
		want := 0
		for _, t := range to {
			if t == i {
				want = len(packets)
			}
		}
		if len(got[x]) != want {
			b.t.Errorf("from %d: %d packets left by %d, want %d\n%s", from, len(got[x]), i, want, b.Exec("show errors"))
			continue
		}
		for k := range got[x] {
			if string(got[x][k]) != string(packets[k]) {
				b.t.Errorf("packet %d has changed:\n%x\n%x", k, packets[k], got[x][k])
			}
		}
	}
}

// counts checks a line of show bridge-domain's addresses learned.
func (b *bridge) learned(want int) {
	b.t.Helper()
	if n, _ := learnedOf(b.Exec("show l2fib")); n != want {
		b.t.Errorf("%d addresses learned, want %d\n%s", n, want, b.Exec("show l2fib verbose"))
	}
}

func learnedOf(text string) (learned, total int) {
	for line := range strings.Lines(text) {
		if _, err := fmt.Sscanf(line, "L2FIB total/learned entries: %d/%d", &total, &learned); err == nil {
			break
		}
	}
	return learned, total
}

// Two hosts find each other: what is not known is flooded, and what is known is not, IP or not.
func TestLearnsAndForwards(t *testing.T) {
	for name, kind := range map[string]func(dst, src net.HardwareAddr) []gvpptest.Packet{"other": frame, "IP": datagram} {
		t.Run(name, func(t *testing.T) {
			b := newBridge(t, 3)
			b.sends(0, kind(host(2), host(1)), 1, 2)   // 2 is not known
			b.sends(1, kind(host(1), host(2)), 0)      // 1 is
			b.sends(0, kind(host(2), host(1)), 1)      // and now 2
			b.sends(2, kind(broadcast, host(3)), 0, 1) // all
			b.sends(1, kind(host(3), host(2)), 2)
			b.learned(3)
			b.sends(1, kind(host(2), host(9))) // to where it came from
			b.ExpectCounter("l2-fwd", "Reflection Drop: the destination is where the frame came from", 1)
		})
	}
}

// A host that moves is found again at once. Its flooded frame, when it comes back, is no sign of that; and where frames come back, a
// host that is heard somewhere else has to be silent there for a while.
func TestMoves(t *testing.T) {
	b := newBridge(t, 3)
	b.sends(0, frame(broadcast, host(1)), 1, 2)
	b.sends(2, frame(broadcast, host(2)), 0, 1)
	b.sends(1, frame(host(2), host(1)), 2)
	b.ExpectCounter("l2-learn", "L2 mac moves", 1)
	b.sends(1, frame(broadcast, host(2))) // from 2 a moment ago
	b.ExpectCounter("l2-learn", "loop: dropped, was flooded from another interface a moment ago", 1)
	b.sends(1, frame(host(1), host(2)))
	b.ExpectCounter("l2-learn", "loop: dropped, the source is at an interface that is no part of it", 1)
	b.sends(2, frame(host(1), host(2)), 1)
	b.sends(0, frame(host(2), host(1)), 2) // there is no loop there
	b.Advance(9 * time.Second)
	b.sends(1, frame(host(1), host(2)), 0)
	b.learned(2)
}

// In a vector with frames of several interfaces each source is judged by its own.
func TestSourcesInMixedVectors(t *testing.T) {
	b := newBridge(t, 3)
	b.Send(gvpptest.From(b.ifs[0], frame(broadcast, host(1))), gvpptest.From(b.ifs[1], frame(broadcast, host(2))))
	b.Advance(time.Second)
	b.Send(gvpptest.From(b.ifs[0], frame(host(9), host(2))), gvpptest.From(b.ifs[1], frame(host(9), host(1))), gvpptest.From(b.ifs[2], frame(host(9), host(3))))
	b.ExpectCounter("l2-learn", "L2 mac moves", 2)
	b.sends(2, frame(host(2), host(3)), 0)
	b.sends(2, frame(host(1), host(3)), 1)
}

// Addresses that are not heard for the age are forgotten, others are not.
func TestAges(t *testing.T) {
	b := newBridge(t, 3)
	b.Exec("set bridge-domain mac-age 1 2")
	b.Exec("l2fib add 02:00:00:00:00:07 1 c static")
	b.sends(0, frame(broadcast, host(1)), 1, 2)
	b.sends(1, frame(host(1), host(2)), 0)
	for range 4 {
		b.Advance(40 * time.Second)
		b.sends(1, frame(host(7), host(2)), 2)
	}
	b.learned(1)
	b.sends(1, frame(host(1), host(2)), 0, 2) // forgotten
	b.Exec("set bridge-domain mac-age 1 0")
	b.Advance(24 * time.Hour)
	b.learned(1)
	b.Exec("set bridge-domain mac-age 1 1")
	b.Advance(30 * time.Second)
	b.learned(1) // as old as the setting
	b.Advance(40 * time.Second)
	b.learned(0)
}

// A flood reaches all members but those of the sender's split horizon group, in order, however many frames there are.
func TestFloodsAndSplitHorizon(t *testing.T) {
	b := newBridge(t, 6)
	for i, shg := range []int{0, 0, 1, 1, 2, 2} {
		b.Exec(fmt.Sprintf("set interface l2 bridge %s 1 %d", b.ifs[i].Name, shg))
	}
	var many []gvpptest.Packet
	for n := range 300 {
		many = append(many, datagram(broadcast, host(n+1))...)
	}
	b.sends(0, many, 1, 2, 3, 4, 5)
	b.Advance(time.Second)
	b.sends(2, many, 0, 1, 4, 5)
	b.Advance(time.Second)
	b.sends(3, frame(host(1), host(1000))) // is at c
	b.ExpectCounter("l2-fwd", "dropped: the destination is in the same split horizon group", 1)
	b.sends(4, frame(host(1), host(1001)), 2)
}

// What is switched off is not done, and is counted.
func TestSwitches(t *testing.T) {
	b := newBridge(t, 3)
	b.sends(0, frame(broadcast, host(1)), 1, 2)
	b.Exec("set bridge-domain flood 1 disable")
	b.sends(0, frame(broadcast, host(1)))
	b.ExpectCounter("l2-flood", "dropped: flooding is off", 1)
	b.Exec("set bridge-domain flood 1")
	b.Exec("set bridge-domain uu-flood 1 disable")
	b.sends(0, frame(host(2), host(1)))
	b.ExpectCounter("l2-fwd", "L2 forward misses: dropped, flooding of unknown unicast is off", 1)
	b.Exec("set bridge-domain forward 1 disable")
	b.sends(1, frame(host(1), host(2)))
	b.ExpectCounter("l2-learn", "dropped: forwarding and flooding of unknown unicast are off", 1)
	b.Exec("set bridge-domain uu-flood 1")
	b.sends(1, frame(host(1), host(2)), 0, 2)
	b.Exec("set bridge-domain learn 1 disable")
	b.sends(2, frame(broadcast, host(3)), 0, 1)
	b.learned(2)
	b.Refused("set bridge-domain arp-term 1", "does not have that yet")
	b.Refused("create bridge-domain 1", "exists already")
	b.Refused("create bridge-domain 1 del", "has 3 interfaces")
	b.Refused("create bridge-domain 0", "domain 0 cannot be changed")
	b.Refused(`create bridge-domain ""`, "unknown input")
	b.Refused("create bridge-domain del", "number of the bridge domain")
}

// Unknown unicast goes to the uu-fwd interface alone, and no broadcast does.
func TestUUForward(t *testing.T) {
	b := newBridge(t, 4)
	b.Exec("set interface l2 bridge d 1 uu-fwd")
	b.sends(0, frame(host(9), host(1)), 3)
	b.sends(0, frame(broadcast, host(1)), 1, 2)
	b.Exec("set bridge-domain uu-flood 1 disable")
	b.sends(0, frame(host(9), host(1)), 3)
	b.Refused("set interface l2 bridge c 1 uu-fwd", "is d already")
	b.Exec("set interface l3 d")
	b.Exec("set bridge-domain uu-flood 1")
	b.sends(0, frame(host(9), host(1)), 1, 2)
}

// Entries made by hand: filters drop both ways, static ones stay where they are, others move.
func TestEntriesByHand(t *testing.T) {
	b := newBridge(t, 3)
	b.Exec("l2fib add 02:00:00:00:00:01 1 filter")
	b.Exec("l2fib add 02:00:00:00:00:02 1 b static")
	b.Exec("l2fib add 02:00:00:00:00:03 1 b")
	b.learned(0)
	b.sends(0, frame(host(1), host(4)))
	b.sends(0, frame(broadcast, host(1)))
	b.sends(0, frame(host(2), host(4)), 1)
	b.sends(2, frame(host(4), host(2)))
	b.ExpectCounter("l2-learn", "L2 mac move violations: dropped, the source is a static entry of another interface", 1)
	b.sends(0, frame(host(3), host(4)), 1)
	b.sends(2, frame(host(4), host(3)), 0) // moves at once
	b.sends(0, frame(host(3), host(4)), 2)
	b.learned(2)
	b.Exec("l2fib flush-mac interface c")
	b.learned(1)
	b.Exec("l2fib del 02:00:00:00:00:01 1")
	b.Refused("l2fib del 02:00:00:00:00:01 1", "has no address")
	b.sends(0, frame(broadcast, host(1)), 1, 2)
	b.Exec("l2fib flush-mac bridge-domain 1")
	b.Exec("l2fib flush-mac all")
	if learned, total := learnedOf(b.Exec("show l2fib")); learned != 0 || total != 1 {
		t.Errorf("%d of %d left", learned, total)
	}
	b.Exec("clear l2fib")
	if got := b.Exec("show l2fib verbose"); !strings.Contains(got, "no l2fib entries") {
		t.Error(got)
	}
	b.Refused("l2fib add 02:00:00:00:00:02 9 b", "no bridge domain 9")
	b.Exec("set interface l3 b")
	b.Refused("l2fib add 02:00:00:00:00:02 1 b", "is not in bridge domain")
}

// A domain at its limit learns no more, forwards all the same, and learns again when there is room; so does the limit of all.
func TestLimits(t *testing.T) {
	b := newBridge(t, 2)
	b.Exec("set bridge-domain learn-limit 1 3")
	for n := range 10 {
		b.sends(0, frame(broadcast, host(n+1)), 1)
	}
	b.learned(3)
	b.ExpectCounter("l2-learn", "L2 not learned due to limit", 7)
	b.Exec("l2fib flush-mac all")
	b.sends(0, frame(broadcast, host(20)), 1)
	b.learned(1)
	b.Exec("set bridge-domain default-learn-limit 2")
	b.Exec("create bridge-domain 2")
	if got := b.Exec("show bridge-domain 2"); !strings.Contains(got, " 2 ") {
		t.Error(got)
	}
}

// An interface that leaves a domain, or the program, takes along what was learned there; domains do not share addresses.
func TestMembersComeAndGo(t *testing.T) {
	b := newBridge(t, 4)
	b.Exec("set interface l2 bridge c 2")
	b.Exec("set interface l2 bridge d 2")
	b.sends(0, frame(broadcast, host(1)), 1)
	b.sends(2, frame(broadcast, host(1)), 3)
	b.sends(3, frame(host(1), host(2)), 2)
	b.sends(1, frame(host(1), host(2)), 0)
	b.learned(4)
	b.Exec("l2fib add 02:00:00:00:00:09 1 b static")
	b.Exec("set interface l3 b")
	b.learned(3)
	b.sends(0, frame(host(2), host(1)))
	b.sends(0, frame(host(9), host(1))) // its entry has no effect
	b.sends(1, frame(host(1), host(2)))
	b.Exec("set interface l2 xconnect a b") // out of the domain
	b.sends(0, frame(broadcast, host(1)), 1)
	b.Exec("set interface l2 bridge a 2") // out of the cross-connect
	b.sends(0, frame(broadcast, host(5)), 2, 3)
	want := "l2 bridge a bd_id 2 shg 0\nl3 b\nl2 bridge c bd_id 2 shg 0\nl2 bridge d bd_id 2 shg 0\n"
	if got := b.Exec("show mode"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	b.Exec("delete interface d")
	if got := b.Exec("show l2fib bd_id 2"); strings.Contains(got, "02:00:00:00:00:02") {
		t.Error(got)
	}
	b.Exec("create bridge-domain 1 del")
	b.Refused("show bridge-domain 1", "no bridge domain 1")
	b.Refused("set interface l2 bridge nope 1", "nope")
}

// Nothing is allocated on the way of learned, moved, flooded and forwarded frames.
func TestNoAllocations(t *testing.T) {
	b := newBridge(t, 4)
	b.sends(0, frame(broadcast, host(1)), 1, 2, 3)
	var mix []gvpptest.Packet
	for n := range 40 {
		mix = append(append(mix, frame(broadcast, host(n+2))...), datagram(host(1), host(n+2))...)
	}
	b.ExpectNoAllocs(b.ifs[1], mix)
}

// arp asks or tells who has an address.
func arp(op uint16, dst, src net.HardwareAddr, from, who net.IP) []gvpptest.Packet {
	return []gvpptest.Packet{gvpptest.Layers(&layers.Ethernet{DstMAC: dst, SrcMAC: src, EthernetType: layers.EthernetTypeARP}, &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: op,
		SourceHwAddress: src, SourceProtAddress: from.To4(), DstHwAddress: make([]byte, 6), DstProtAddress: who.To4()})}
}

// The BVI answers ARP and pings of the domain's hosts, routes them to another interface, and what is routed to them is bridged.
func TestBVIRoutes(t *testing.T) {
	b := newBridge(t, 3)
	for _, line := range []string{"set interface l3 c", "bvi create", "set interface l2 bridge bvi0 1 bvi", "set interface state bvi0 up",
		"set interface ip address bvi0 10.0.0.254/24", "set interface ip address c 10.1.0.254/24"} {
		b.Exec(line)
	}
	bvi, h1, h2 := net.HardwareAddr{0xb0, 0xb0, 0, 0, 0, 0}, host(1), host(2)
	ip1, ip2, router := net.IP{10, 0, 0, 1}, net.IP{10, 1, 0, 2}, net.IP{10, 0, 0, 254}
	got := b.Send(gvpptest.From(b.ifs[0], arp(layers.ARPRequest, broadcast, h1, ip1, router)))
	if len(got[b.ifs[0]]) != 1 || len(got[b.ifs[1]]) != 1 {
		t.Fatalf("%d replies, %d floods\n%s", len(got[b.ifs[0]]), len(got[b.ifs[1]]), b.Trace())
	}
	if p := got[b.ifs[0]][0]; !bytes.Equal(p[:6], h1) || !bytes.Equal(p[6:12], bvi) || p[21] != layers.ARPReply {
		t.Errorf("the reply is %v", p.Layers())
	}
	echo := gvpptest.Layers(&layers.Ethernet{DstMAC: bvi, SrcMAC: h1, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolICMPv4, SrcIP: ip1, DstIP: router}, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)})
	got = b.Send(gvpptest.From(b.ifs[0], []gvpptest.Packet{echo}))
	if p := got[b.ifs[0]]; len(p) != 1 || p[0][34] != 0 || !bytes.Equal(p[0][6:12], bvi) || len(got[b.ifs[1]]) != 0 {
		t.Errorf("ping: %v\n%s", got, b.Exec("show errors"))
	}
	b.Exec("set ip neighbor c 10.1.0.2 " + h2.String())
	there := gvpptest.Layers(&layers.Ethernet{DstMAC: bvi, SrcMAC: h1, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: ip1, DstIP: ip2}, &layers.UDP{SrcPort: 1, DstPort: 2}, gopacket.Payload("there"))
	b.sendsOne(0, there, 2, h2)
	link, _ := b.DP.Link(b.ifs[2].Index)
	c := net.HardwareAddr(link.MAC[:])
	back := gvpptest.Layers(&layers.Ethernet{DstMAC: c, SrcMAC: h2, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: ip2, DstIP: ip1}, &layers.UDP{SrcPort: 2, DstPort: 1}, gopacket.Payload("back"))
	b.sendsOne(2, back, 0, h1)
	b.Exec("set interface mac address bvi0 02:00:00:00:00:77")
	there[0], there[1], there[5] = 2, 0, 0x77
	b.sendsOne(0, there, 2, h2)
	b.Exec("set interface l3 bvi0")
	b.sends(0, []gvpptest.Packet{there}, 1) // unknown now
}

// sendsOne fails unless a packet leaves by one interface, to an address.
func (b *bridge) sendsOne(from int, p gvpptest.Packet, to int, mac net.HardwareAddr) {
	b.t.Helper()
	got := b.Send(gvpptest.From(b.ifs[from], []gvpptest.Packet{p}))
	if out := got[b.ifs[to]]; len(got) != 1 || len(out) != 1 || !bytes.Equal(out[0][:6], mac) {
		b.t.Errorf("%v, want it at %d to %v\n%s%s", got, to, mac, b.Exec("show errors"), b.Trace())
	}
}

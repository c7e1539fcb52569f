package packet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// quoted is q as text, the way it is in the packet; "" where there is nothing.
func quoted(q Quoted, ok bool, ip6 bool) string {
	if !ok {
		return ""
	}
	var s strings.Builder
	if ip6 {
		fmt.Fprintf(&s, "%x > %x", *q.Src6, *q.Dst6)
	} else {
		fmt.Fprintf(&s, "%08x > %08x", q.Src4, q.Dst4)
	}
	fmt.Fprintf(&s, " proto %d", q.Proto)
	if q.SrcPort|q.DstPort != 0 {
		fmt.Fprintf(&s, " ports %d %d", q.SrcPort, q.DstPort)
	}
	if q.Proto == ProtoICMP || q.Proto == ProtoICMP6 {
		fmt.Fprintf(&s, " type %d code %d id %d", q.ICMPType, q.ICMPCode, q.ICMPID)
	}
	if q.GRECall != 0 {
		fmt.Fprintf(&s, " call %d", q.GRECall)
	}
	return s.String()
}

const (
	err4  = "icmp 10.0.0.9 > 10.0.0.1 type 3 quote "
	err6  = "icmpv6 2001:db8::9 > 2001:db8::1 type 1 quote "
	hosts = "0a000001 > 0a000002"
	six   = "20010db8000000000000000000000001 > 20010db8000000000000000000000002"

	redirectHead = "icmpv6 fe80::9 > 2001:db8::1 type 137 ttl 255 data " +
		"20010db8000000000000000000000009" + "20010db8000000000000000000000002"
	quotedUDP6 = "600000000008114020010db800000000000000000000000120010db8000000000000000000000002" + "03e80050"
)

// inside is the line of an error whose quote is cut to n bytes.
func inside(head, quote string, n int) string {
	p := packetline.MustBuild(quote)[14:]
	return fmt.Sprintf("%s data %x", strings.TrimSuffix(head, " quote "), p[:n])
}

var quoteLines = []struct{ line, want string }{
	{err4 + "{ udp " + at4 + "}", hosts + " proto 17 ports 1000 80"},
	{err4 + "{ udp " + at4 + "badsum badl4sum ttl 0 }", hosts + " proto 17 ports 1000 80"},
	{err4 + "{ udp " + at4 + "opt 01010101 }", hosts + " proto 17 ports 1000 80"},
	{err4 + "{ udp " + at4 + "frag 0+ }", hosts + " proto 17 ports 1000 80"},
	{err4 + "{ udp " + to4 + "frag 1 }", ""},
	{err4 + "{ tcp " + at4 + "[A] seq 5 len 8 }", hosts + " proto 6 ports 1000 80"},
	{err4 + "{ sctp " + at4 + "}", hosts + " proto 132 ports 1000 80"},
	{err4 + "{ udplite " + at4 + "}", hosts + " proto 136 ports 1000 80"},
	{err4 + "{ dccp " + at4 + "}", hosts + " proto 33"},
	{err4 + "{ esp " + to4 + "}", hosts + " proto 50"},
	{err4 + "{ ip proto 50 " + to4 + "}", hosts + " proto 50"},
	{err4 + "{ gre " + to4 + "}", hosts + " proto 47"},
	{err4 + "{ ip proto 47 " + to4 + "data 3001880b00040005 }", hosts + " proto 47 call 5"},
	{err4 + "{ ip proto 47 " + to4 + "data 3001080000040005 }", ""},
	{err4 + "{ icmp " + to4 + "id 7 code 3 }", hosts + " proto 1 type 8 code 3 id 7"},
	{err4 + "{ icmp " + to4 + "type 0 id 7 }", hosts + " proto 1 type 0 code 0 id 7"},
	{err4 + "{ icmp " + to4 + "type 3 }", ""},
	{err4 + "{ icmp " + to4 + "type 30 }", ""},
	{err4 + "{ icmpv6 " + to4 + "}", ""},
	{err4 + "{ udp 10.0.0.7:1000 > 10.0.0.2:80 }", ""}, // not to the sender of what is quoted
	{"icmp 10.0.0.9 > 10.0.0.1 type 4 quote { udp " + at4 + "}", hosts + " proto 17 ports 1000 80"},
	{"icmp 10.0.0.9 > 10.0.0.1 type 5 quote { udp " + at4 + "}", hosts + " proto 17 ports 1000 80"},
	{"icmp 10.0.0.9 > 10.0.0.1 type 11 quote { udp " + at4 + "}", hosts + " proto 17 ports 1000 80"},
	{"icmp 10.0.0.9 > 10.0.0.1 type 12 code 9 quote { udp " + at4 + "}", hosts + " proto 17 ports 1000 80"},
	{"icmp 10.0.0.9 > 10.0.0.1 type 8 quote { udp " + at4 + "}", ""},
	{"icmp 10.0.0.9 > 10.0.0.1 type 3", ""},
	{inside(err4, "udp "+at4, 19), ""},
	{inside(err4, "udp "+at4, 23), ""},
	{inside(err4, "udp "+at4, 24), hosts + " proto 17 ports 1000 80"},
	{inside(err4, "icmp "+to4+"id 7", 27), ""},
	{inside(err4, "icmp "+to4+"id 7", 28), hosts + " proto 1 type 8 code 0 id 7"},
	{inside(err4, "udp "+at4+"opt 01010101", 23), ""},

	{err6 + "{ udp " + at6 + "}", six + " proto 17 ports 1000 80"},
	{err6 + "{ udp " + at6 + "ext hbh,dst,ah,rt }", six + " proto 17 ports 1000 80"},
	{err6 + "{ udp " + at6 + "frag 0+ }", six + " proto 17 ports 1000 80"},
	{err6 + "{ udp " + at6 + "ext dst frag 1 }", ""},
	{err6 + "{ tcp " + at6 + "[S] mss 1460 }", six + " proto 6 ports 1000 80"},
	{err6 + "{ icmpv6 " + to6 + "id 9 }", six + " proto 58 type 128 code 0 id 9"},
	{err6 + "{ icmpv6 " + to6 + "type 135 }", ""},
	{err6 + "{ icmp " + to6 + "}", ""},
	{err6 + "{ ip proto 59 " + to6 + "}", ""},
	{err6 + "{ esp " + to6 + "ext dst }", six + " proto 50"},
	{err6 + "{ udp [2001:db8::7]:1 > [2001:db8::2]:2 }", ""},
	{"icmpv6 2001:db8::9 > 2001:db8::1 type 2 quote { udp " + at6 + "}", six + " proto 17 ports 1000 80"},
	{"icmpv6 2001:db8::9 > 2001:db8::1 type 100 quote { udp " + at6 + "}", six + " proto 17 ports 1000 80"},
	{"icmpv6 2001:db8::9 > 2001:db8::1 type 128 quote { udp " + at6 + "}", ""},
	{inside(err6, "udp "+at6, 39), ""},
	{inside(err6, "udp "+at6, 43), ""},
	{inside(err6, "udp "+at6, 44), six + " proto 17 ports 1000 80"},
	{inside(err6, "udp "+at6+"ext dst", 41), ""},
	{inside(err6, "udp "+at6+"ext dst", 48), ""},

	{redirectHead + "0402000000000000" + quotedUDP6, six + " proto 17 ports 1000 80"},
	{redirectHead + "0400000000000000" + quotedUDP6, ""},
	{redirectHead + "0202000000000000" + quotedUDP6, ""},
	{redirectHead + "04", ""},
	{strings.Replace(redirectHead, "ttl 255", "ttl 254", 1) + "0402000000000000" + quotedUDP6, ""},
	{strings.Replace(redirectHead, "fe80", "fec0", 1) + "0402000000000000" + quotedUDP6, ""},
	{strings.Replace(redirectHead, "ttl", "code 1 ttl", 1) + "0402000000000000" + quotedUDP6, ""},

	{"udp " + at4, ""},
	{"icmp 10.0.0.9 > 10.0.0.1 type 3 frag 1", ""},
}

func TestQuote(t *testing.T) {
	for _, c := range quoteLines {
		if got := checkQuote(t, packetline.MustBuild(c.line)); got != c.want {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
}

// checkQuote is what a packet quotes, after making sure that it is the same with other padding.
func checkQuote(t testing.TB, p []byte) string {
	t.Helper()
	var m buffer.Meta
	if parse(p, &m) != FaultNone || !m.IsIP4 && !m.IsIP6 {
		return ""
	}
	if in, ok := BehindAH(p, &m); ok {
		checkBehindAH(t, p, m, in)
		m = in
	}
	q, ok := Quote(p, &m)
	got := quoted(q, ok, m.IsIP6)
	other := bytes.Clone(p)
	for i := range other[m.End:] {
		other[int(m.End)+i] ^= 0x5a
	}
	for _, r := range [][]byte{other, tight(p[:m.End])} {
		q, ok := Quote(r, &m)
		if again := quoted(q, ok, m.IsIP6); again != got {
			t.Fatalf("%s: padding matters: %q, with other padding %q", packetline.String(p), got, again)
		}
	}
	return got
}

// checkBehindAH demands that in is what the parser says of the packet without AH and what follows that is no protocol.
func checkBehindAH(t testing.TB, p []byte, m, in buffer.Meta) {
	t.Helper()
	if in.L4 < m.L4 || in.L4 > in.End || in.Proto == ProtoNone || in.Proto == ProtoAH || isExtension(in.Proto) {
		t.Fatalf("%s: behind AH %+v", packetline.String(p), in)
	}
	plain := bytes.Clone(p[:in.L3])
	plain = append(plain, p[in.L3:][:ip6Len]...)
	n := int(in.End - in.L4)
	plain[in.L3+4], plain[in.L3+5], plain[in.L3+6] = byte(n>>8), byte(n), in.Proto
	plain = append(plain, p[in.L4:in.End]...)
	var want buffer.Meta
	parse(plain, &want)
	want.L4, want.End, want.Off, want.Len = in.L4, in.End, in.Off, in.Len
	want.Fragment, want.VLANs = in.Fragment, in.VLANs
	if want != in {
		t.Fatalf("%s: behind AH %+v, the same without %+v", packetline.String(p), in, want)
	}
}

func TestBehindAH(t *testing.T) {
	for line, want := range map[string]int{ // the protocol, -1 for none
		"udp " + at6 + "ext ah":                                  ProtoUDP,
		"tcp " + at6 + "[S] ext hbh,ah":                          ProtoTCP,
		"udp " + at6 + "ext ah,dst,ah,rt":                        ProtoUDP,
		"udp " + at6 + "ext ah,frag":                             ProtoUDP,
		"udp " + at6 + "ext frag,ah":                             ProtoUDP,
		"udp " + at6 + "ext ah frag 0+":                          -1,
		"udp " + at6 + "ext ah frag 2":                           -1,
		"icmpv6 " + to6 + "ext ah":                               ProtoICMP6,
		"esp " + to6 + "ext ah,ah":                               ProtoESP,
		"ah " + to6:                                              -1,
		"udp " + at6:                                             -1,
		"ah " + to4:                                              -1,
		"ip proto 51 " + to6 + "data 11":                         -1,
		"ip proto 51 " + to6 + "data 1104000000000000":           -1,
		"udp " + at6 + "ext " + strings.Repeat("ah,", 40) + "ah": -1,
	} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		in, ok := BehindAH(p, &m)
		if got := int(in.Proto); ok != (want >= 0) || ok && got != want {
			t.Errorf("%s: %v, protocol %d, want %d", line, ok, got, want)
		}
		checkTransport(t, p)
		checkQuote(t, p)
	}
}

func TestICMPInverse(t *testing.T) {
	n := 0
	for kind := range 256 {
		for _, ip6 := range []bool{false, true} {
			back, ok := ICMPInverse(uint8(kind), ip6)
			m := buffer.Meta{IsIP4: !ip6, IsIP6: ip6, ICMPType: uint8(kind)}
			class := ICMPClassOf(&m)
			if ok != (class == ICMPQuery || class == ICMPAnswer) {
				t.Errorf("type %d, IPv6 %v: has an inverse: %v, class %d", kind, ip6, ok, class)
			}
			if !ok {
				continue
			}
			n++
			m.ICMPType = back
			if again, _ := ICMPInverse(back, ip6); again != uint8(kind) || ICMPClassOf(&m)+class != ICMPQuery+ICMPAnswer {
				t.Errorf("type %d, IPv6 %v: inverse %d, whose inverse is %d", kind, ip6, back, again)
			}
		}
	}
	if n != 8+4 {
		t.Errorf("%d types have an inverse, want 8 of ICMP and 4 of ICMPv6", n)
	}
}

func FuzzQuote(f *testing.F) {
	for _, c := range quoteLines {
		f.Add(packetline.MustBuild(c.line))
	}
	f.Add(packetline.MustBuild("icmpv6 2001:db8::9 > 2001:db8::1 type 1 ext ah quote { udp " + at6 + "}"))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < 1<<16 {
			checkQuote(t, tight(p))
		}
	})
}

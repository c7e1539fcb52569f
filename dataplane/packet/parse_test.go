package packet

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// parse does what the graph does: Ethernet, then by EtherType.
func parse(p []byte, m *buffer.Meta) Fault {
	if f := Ethernet(p, m); f != FaultNone {
		return f
	}
	switch m.EtherType {
	case EtherTypeIP4:
		return bothIPv4(p, m)
	case EtherTypeIP6:
		return IPv6(p, m)
	}
	return FaultNone
}

// tight is a copy of p with nothing behind it, so that reading too far panics.
func tight(p []byte) []byte {
	q := make([]byte, len(p))
	copy(q, p)
	return q[:len(q):len(q)]
}

// Metas that lines of TestLines share. Sets of them are joined by or.
func ip4(l4, end uint16, proto uint8) buffer.Meta {
	return buffer.Meta{L3: 14, L4: l4, End: end, EtherType: 0x0800, Proto: proto, IsIP4: true, HasProto: true}
}

func ip6(l4, end uint16, proto uint8) buffer.Meta {
	return buffer.Meta{L3: 14, L4: l4, End: end, EtherType: 0x86dd, Proto: proto, IsIP6: true, HasProto: true}
}

func with(m buffer.Meta, set ...func(*buffer.Meta)) buffer.Meta {
	for _, f := range set {
		f(&m)
	}
	return m
}

func ports(src, dst uint16) func(*buffer.Meta) {
	return func(m *buffer.Meta) { m.HasPorts, m.SrcPort, m.DstPort = true, src, dst }
}

func flags(f uint8) func(*buffer.Meta) {
	return func(m *buffer.Meta) { m.HasTCPFlags, m.TCPFlags = true, f }
}

func icmp(kind, code uint8) func(*buffer.Meta) {
	return func(m *buffer.Meta) { m.HasICMP, m.ICMPType, m.ICMPCode = true, kind, code }
}

func tags(n uint8) func(*buffer.Meta) {
	return func(m *buffer.Meta) {
		m.VLANs = n
		m.L3, m.L4, m.End = m.L3+4*uint16(n), m.L4+4*uint16(n), m.End+4*uint16(n)
	}
}

func first(m *buffer.Meta)   { m.Fragment = true }
func later(m *buffer.Meta)   { m.Fragment, m.LaterFragment = true, true }
func noProto(m *buffer.Meta) { m.HasProto, m.Proto = false, 0 }

const (
	at4 = "10.0.0.1:1000 > 10.0.0.2:80 "
	at6 = "[2001:db8::1]:1000 > [2001:db8::2]:80 "
	to4 = "10.0.0.1 > 10.0.0.2 "
	to6 = "2001:db8::1 > 2001:db8::2 "
)

var lines = []struct {
	line string
	want buffer.Meta
}{
	{"tcp " + at4 + "[S]", with(ip4(34, 54, 6), ports(1000, 80), flags(TCPSyn))},
	{"tcp " + at4 + "[SA] len 9 pad 6", with(ip4(34, 63, 6), ports(1000, 80), flags(TCPSyn|TCPAck))},
	{"udp " + at4 + "vlan 7", with(ip4(34, 42, 17), ports(1000, 80), tags(1))},
	{"udp " + at4 + "vlan 7 vlan 8 pad 3", with(ip4(34, 42, 17), ports(1000, 80), tags(2))},
	{"udp " + at4 + "opt 01010101", with(ip4(38, 46, 17), ports(1000, 80))},
	{"udp " + at4 + "ttl 0", with(ip4(34, 42, 17), ports(1000, 80))},
	{"udp " + at4 + "frag 0+ len 8", with(ip4(34, 50, 17), ports(1000, 80), first)},
	{"udp " + at4 + "frag 2+ len 8", with(ip4(34, 42, 17), later)},
	{"tcp " + at4 + "frag 185 len 40", with(ip4(34, 74, 6), later)},
	{"icmp " + to4 + "frag 1 len 40", with(ip4(34, 74, 1), later)},
	{"sctp " + at4, with(ip4(34, 46, 132), ports(1000, 80))},
	{"dccp " + at4, with(ip4(34, 50, 33), ports(1000, 80))},
	{"udplite " + at4, with(ip4(34, 42, 136), ports(1000, 80))},
	{"gre " + to4, ip4(34, 38, 47)},
	{"esp " + to4, ip4(34, 42, 50)},
	{"ah " + to4, ip4(34, 58, 51)},
	{"icmp " + to4 + "type 3 code 4", with(ip4(34, 42, 1), icmp(3, 4))},
	{"icmpv6 " + to4, ip4(34, 42, 58)},
	{"ip proto 1 " + to4 + "data 08", ip4(34, 35, 1)},
	{"ip proto 1 " + to4 + "data 0801", with(ip4(34, 36, 1), icmp(8, 1))},
	{"ip proto 6 " + to4 + "len 3 pad 20", ip4(34, 37, 6)},
	{"ip proto 6 " + to4 + "data 01020304", with(ip4(34, 38, 6), ports(0x0102, 0x0304))},
	{"ip proto 6 " + to4 + "len 13 pad 20", with(ip4(34, 47, 6), ports(1, 0x0203))},
	{"ip proto 6 " + to4 + "len 14 pad 20", with(ip4(34, 48, 6), ports(1, 0x0203), flags(13))},
	{"ip proto 0 " + to4, ip4(34, 34, 0)},
	{"ip proto 44 " + to4 + "len 8", ip4(34, 42, 44)},

	{"tcp " + at6 + "[R]", with(ip6(54, 74, 6), ports(1000, 80), flags(TCPRst))},
	{"udp " + at6 + "len 4 pad 9 vlan 1", with(ip6(54, 66, 17), ports(1000, 80), tags(1))},
	{"icmpv6 " + to6 + "type 1 code 3", with(ip6(54, 62, 58), icmp(1, 3))},
	{"icmp " + to6, ip6(54, 62, 1)},
	{"udp " + at6 + "ext hbh", with(ip6(62, 70, 17), ports(1000, 80))},
	{"udp " + at6 + "ext dst,rt,hbh,dst", with(ip6(86, 94, 17), ports(1000, 80))},
	{"udp " + at6 + "ext frag", with(ip6(62, 70, 17), ports(1000, 80), first)},
	{"udp " + at6 + "ext hbh,frag,dst frag 0+ len 8", with(ip6(78, 94, 17), ports(1000, 80), first)},
	{"udp " + at6 + "frag 3", with(ip6(62, 70, 17), later)},
	{"tcp " + at6 + "ext hbh frag 3+ len 40", with(ip6(70, 110, 6), later)},
	{"udp " + at6 + "ext frag,dst frag 3", with(ip6(62, 78, 60), later)},
	{"ah " + to6 + "ext dst", ip6(62, 86, 51)},
	{"esp " + to6, ip6(54, 62, 50)},
	{"ip proto 59 " + to6 + "len 4", ip6(54, 58, 59)},
	{"ip proto 0 " + to6 + "", with(ip6(54, 54, 0), noProto)},
	{"ip proto 43 " + to6 + "len 7", with(ip6(54, 61, 0), noProto)},
	{"ip proto 43 " + to6 + "data 0600000000000000", with(ip6(62, 62, 6))},
	{"ip proto 43 " + to6 + "data 0601000000000000 pad 8", with(ip6(54, 62, 0), noProto)},
	{"ip proto 60 " + to6 + "data 110100000000000000000000000000000035003600080000", with(ip6(70, 78, 17), ports(0x35, 0x36))},
	{"ip proto 44 " + to6 + "data 06ff000000000000", with(ip6(62, 62, 6), first)},
	{"ip proto 44 " + to6 + "data 0600000000000000060000080000000001020304", with(ip6(62, 74, 6), first, ports(0x0600, 0x0008))},
	{"ip proto 44 " + to6 + "data 2c00000000000000060000080000000001020304", with(ip6(70, 74, 6), later)},

	{"eth 0x0806 len 28", buffer.Meta{L3: 14, EtherType: 0x0806}},
	{"eth 0x0026 len 38", buffer.Meta{L3: 14, EtherType: 0x26}},
	{"eth 0x0000", buffer.Meta{L3: 14}},
	{"eth 0x8100 data 0001", buffer.Meta{L3: 14, EtherType: 0x8100}},
	{"eth 0x8100 data 000181", buffer.Meta{L3: 14, EtherType: 0x8100}},
	{"eth 0x9100 data 000188a8", buffer.Meta{L3: 18, EtherType: 0x88a8, VLANs: 1}},
	{"udp " + at4 + "vlan 1 vlan 2 vlan 3", buffer.Meta{L3: 22, EtherType: 0x8100, VLANs: 2}},
}

func TestLines(t *testing.T) {
	for _, c := range lines {
		var m buffer.Meta
		if f := parse(tight(packetline.MustBuild(c.line)), &m); f != FaultNone {
			t.Errorf("%s: %v", c.line, f)
		}
		if m != c.want {
			t.Errorf("%s:\n%+v, want\n%+v", c.line, m, c.want)
		}
	}
}

// TestJumbo: the length of a jumbogram is in an option that nobody reads here; what follows the header is not touched.
func TestJumbo(t *testing.T) {
	p := tight(packetline.MustBuild("udp " + at6 + "ext hbh"))
	p[18], p[19] = 0, 0
	var m buffer.Meta
	if f, want := parse(p, &m), with(ip6(54, 54, 0), noProto); f != FaultNone || m != want {
		t.Errorf("%v %+v, want %+v", f, m, want)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		line string
		edit string // offset from L3 and value, in hex
		want Fault
	}{
		{"eth 0x0000 cut 0", "", FaultFrameShort},
		{"eth 0x0800 cut 13", "", FaultFrameShort},
		{"eth 0x0800", "", FaultIP4HeaderLength},
		{"udp " + at4 + "cut 33", "", FaultIP4HeaderLength},
		{"udp " + at4, "0055", FaultIP4Version},
		{"udp " + at4, "0065", FaultIP4Version},
		{"udp " + at4, "0044", FaultIP4HeaderLength},
		{"udp " + at4, "0040", FaultIP4HeaderLength},
		{"udp " + at4, "004f", FaultIP4HeaderLength},
		{"udp " + at4 + "opt 01010101 cut 37", "", FaultIP4HeaderLength},
		{"udp " + at4, "0313", FaultIP4TotalLength},
		{"udp " + at4 + "opt 01010101", "0317", FaultIP4TotalLength},
		{"udp " + at4, "031d", FaultIP4TotalLength},
		{"udp " + at4 + "len 100 cut 60", "", FaultIP4TotalLength},
		{"udp " + at4 + "badsum", "", FaultIP4Checksum},
		{"udp " + at4 + "opt 01010101", "1402", FaultIP4Checksum},
		{"udp " + at4, "0841", FaultIP4Checksum},
		{"udp " + at6 + "cut 53", "", FaultIP6HeaderLength},
		{"eth 0x86dd", "", FaultIP6HeaderLength},
		{"udp " + at6, "0045", FaultIP6Version},
		{"udp " + at6, "0509", FaultIP6PayloadLength},
		{"udp " + at6 + "len 100 cut 100", "", FaultIP6PayloadLength},
		{"udp " + at6 + "len 100 vlan 1 vlan 2 cut 100", "", FaultIP6PayloadLength},
	} {
		p := tight(packetline.MustBuild(c.line))
		if edit, _ := hex.DecodeString(c.edit); len(edit) == 2 {
			p[14+int(edit[0])] = edit[1]
		}
		var m buffer.Meta
		if got := parse(p, &m); got != c.want {
			t.Errorf("%s, %s: %v, want %v", c.line, c.edit, got, c.want)
		}
		if m.IsIP4 || m.IsIP6 || m.HasProto || m.HasPorts || m.HasTCPFlags || m.HasICMP || m.Fragment || m.LaterFragment {
			t.Errorf("%s, %s: a fault leaves %+v", c.line, c.edit, m)
		}
	}
}

// A packet from a wire, not from packetline: a DNS query.
func TestLiteral(t *testing.T) {
	p, err := hex.DecodeString(strings.ReplaceAll("525400123502 0800279b2fc3 0800 "+
		"45000038 1d9a4000 4011 0000 0a00020f 0a000203 c3e60035 0024184c 9e3b0100000100000000000006676f6f676c6503636f6d0000010001", " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	be := Checksum(p[14:34], 0)
	p[24], p[25] = byte(be>>8), byte(be)
	var m buffer.Meta
	if f, want := parse(p, &m), with(ip4(34, 70, 17), ports(0xc3e6, 53)); f != FaultNone || m != want {
		t.Errorf("%v %+v, want %+v", f, m, want)
	}
}

func TestViews(t *testing.T) {
	var m buffer.Meta
	p := packetline.MustBuild("icmp " + to4 + "id 4711 seq 3")
	parse(p, &m)
	if src, dst := Addrs4(p, &m); src != 0x0a000001 || dst != 0x0a000002 {
		t.Errorf("Addrs4: %#x %#x", src, dst)
	}
	if id, ok := ICMPID(p, &m); id != 4711 || !ok {
		t.Errorf("ICMPID: %d %v", id, ok)
	}

	m = buffer.Meta{}
	p = packetline.MustBuild("icmpv6 " + to6 + "ext dst id 4712")
	parse(p, &m)
	if src, dst := Addrs6(p, &m); &src[0] != &p[22] || &dst[0] != &p[38] || dst[15] != 2 {
		t.Errorf("Addrs6: %x %x", *src, *dst)
	}
	if id, ok := ICMPID(p, &m); id != 4712 || !ok {
		t.Errorf("ICMPID: %d %v", id, ok)
	}

	for _, line := range []string{"udp " + at4, "icmp " + to4 + "frag 5", "ip proto 1 " + to4 + "len 5 pad 9"} {
		m = buffer.Meta{}
		p = packetline.MustBuild(line)
		parse(p, &m)
		if id, ok := ICMPID(p, &m); ok {
			t.Errorf("%s: an ICMP identifier %d", line, id)
		}
	}
}

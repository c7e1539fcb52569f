package craft_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/pg/craft"
)

var options = craft.Options{Most: 1792, Src: [6]byte{2, 0, 0, 0, 0, 1}, Dst: [6]byte{2, 0, 0, 0, 0, 2}}

func compile(t testing.TB, text string, o craft.Options) *craft.Packets {
	t.Helper()
	p, err := craft.Compile(text, o)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func next(p *craft.Packets) []byte {
	b := bytes.Repeat([]byte{0xee}, 1792) // what a buffer held before is not in the packet
	return b[:p.Write(b)]
}

// Each text makes the packet of a line, checksums and lengths included; the payload there is what the line's default is.
func TestTexts(t *testing.T) {
	const ether = "IP4: 02:00:00:00:00:01 -> 02:00:00:00:00:02 "
	for _, c := range []struct{ text, line string }{
		{ether + "UDP: 10.0.0.1 -> 10.0.0.2 UDP: 1000 -> 53 incrementing 10", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 10"},
		{"IP4: 0200.0000.0001 -> 0200.0000.0002 UDP:10.0.0.1->10.0.0.2 UDP:1000->53 incrementing 10", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 10"},
		{"UDP: 10.0.0.1 -> 10.0.0.2 UDP: 1000 -> 53 incrementing 10", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 10"},
		{ether + "TCP: 10.0.0.1 -> 10.0.0.2 ttl 3 tos 0x10 TCP: 1000 -> 80 SYN ACK seqnum 7 acknum 0x8 window 100 incrementing 4",
			"tcp 10.0.0.1:1000 > 10.0.0.2:80 [SA] seq 7 ack 8 win 100 ttl 3 tos 16 len 4"},
		{"UDP: 2001:db8::1 -> 2001:db8::2 hop-limit 9 UDP: 1 -> 2 incrementing 3", "udp [2001:db8::1]:1 > [2001:db8::2]:2 ttl 9 len 3"},
	} {
		want, err := packetline.Build(c.line)
		if err != nil {
			t.Logf("%s: %v", c.line, err)
			continue
		}
		o := options
		o.Min = len(want)
		if strings.HasPrefix(c.text, "UDP") {
			o.Min -= 14
		}
		o.Max = o.Min
		got := next(compile(t, c.text, o))
		if packetline.String(got) != packetline.String(want) || len(got) != len(want) {
			t.Errorf("%s:\n got %s\nwant %s", c.text, packetline.String(got), packetline.String(want))
		}
		sound(t, c.text, got)
	}
}

// sound checks what receivers check: lengths and checksums.
func sound(t testing.TB, text string, p []byte) {
	t.Helper()
	var m buffer.Meta
	m.Len = uint16(len(p))
	if f := packet.Ethernet(p, &m); f != packet.FaultNone {
		t.Fatalf("%s: %v", text, f)
	}
	var fault packet.Fault
	switch m.EtherType {
	case packet.EtherTypeIP4:
		fault = packet.IPv4(p, &m)
	case packet.EtherTypeIP6:
		fault = packet.IPv6(p, &m)
	}
	if fault != packet.FaultNone {
		t.Errorf("%s: %v\n%x", text, fault, p)
	} else if f := packet.Transport(p, &m); f != 0 {
		t.Errorf("%s: %v\n%x", text, f, p)
	}
	if int(m.End) != len(p) && (m.IsIP4 || m.IsIP6) {
		t.Errorf("%s: the datagram ends at %d of %d\n%x", text, m.End, len(p), p)
	}
}

// Fields that lines do not show, byte by byte.
func TestBytes(t *testing.T) {
	const ether = "02000000000202000000000108004500"
	for _, c := range []struct{ text, want string }{
		{"hex 0x00deadbeef0001badbabbe010800 incrementing 3", "00deadbeef0001badbabbe010800000102"},
		{"MPLS: 1.2.3 -> 4.5.6 vlan 5 priority 3 cfi 1 vlan 0x7 hex 0xAB", "000400050006000100020003" + "81007005" + "81000007" + "8847" + "ab"},
		{"ARP: 1.2.3 -> ff:ff:ff:ff:ff:ff request: 1.2.3/10.0.0.1 -> 0.0.0/10.0.0.2", "ffffffffffff0001000200030806" + "0001080006040001" + "0001000200030a000001" + "0000000000000a000002"},
		{"UDP: 1.2.3.4 -> 5.6.7.8 fragment id 9 offset 16 df mf ce length 99 checksum 1", ether + "0063" + "0009" + "e002" + "4011" + "0001" + "0102030405060708"},
		{"ICMP: 1.2.3.4 -> 5.6.7.8 ICMP echo_request checksum 5 incrementing 4", ether + "001c00000000" + "4001" + "6ace" + "0102030405060708" + "08000005" + "00010203"},
		{"ICMP6: ::1 -> ::2 traffic-class 1 flow-label 2 ICMP type 135 code 1 checksum 0", "02000000000202000000000186dd" + "60100002" + "0004" + "3a40" +
			strings.Repeat("00", 15) + "01" + strings.Repeat("00", 15) + "02" + "87010000"},
		{"IP_IN_IP: 1.2.3.4 -> 5.6.7.8 checksum 0 length 0 59: 9.9.9.9 -> 8.8.8.8 checksum 0 length 0", ether + "000000000000" + "4004" + "0000" + "0102030405060708" +
			"450000000000" + "0000" + "403b" + "0000" + "0909090908080808"},
		{"TCP: 1.2.3.4 -> 5.6.7.8 checksum 0 length 0 TCP: 1 -> 2 checksum 0 urgent 3 FIN CWR opt mss 1460 opt winscale 7 opt sackperm opt timestamp 1 2 opt sack nvalues 1 3 4",
			ether + "000000000000" + "4006" + "0000" + "0102030405060708" + "00010002" + "00000000" + "00000000" + "d081" + "1000" + "0000" + "0003" +
				"020405b4" + "030307" + "0402" + "080a" + "00000001" + "00000002" + "050a" + "00000003" + "00000004" + "010101"},
	} {
		o := options
		o.Max = len(c.want) / 2
		if strings.HasPrefix(c.want, "0200000000020200") {
			o.Max -= 14
		}
		o.Min = o.Max
		if got := hex.EncodeToString(next(compile(t, c.text, o))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// Ranges: - counts up and begins again, + stays inside; lengths and checksums are right in all packets.
func TestRanges(t *testing.T) {
	o := options
	o.Min, o.Max = 60, 75
	texts := []string{
		"UDP: 10.0.0.1 - 10.0.0.5 -> 20.0.0.1 + 20.0.3.1 tos 1-3 UDP: 1000 - 1002 -> 53 + 99 incrementing 30",
		"IP4: 1.2.3 - 1.2.5 -> 02:00:00:00:00:01 + 02:00:00:00:01:00 vlan 1 - 4 TCP: 10.0.0.255 - 10.0.1.3 -> 1.2.3.4 TCP: 1 -> 2 + 3 ACK seqnum 0 + 0xffffffff hex 0x00112233",
		"UDP: 2001:db8::1 - 2001:db8::1:3 -> ::1 + ::ffff UDP: 1000 -> 53 - 54",
		"ICMP6: ::1 -> ::2 + ::9 ICMP echo_request incrementing 7",
		"ICMP: 1.1.1.1 -> 2.2.2.2 - 2.2.2.4 ICMP port_unreachable hex 0x00",
	}
	for _, text := range texts {
		for _, random := range []bool{false, true} {
			o.Random = random
			p := compile(t, text, o)
			lengths := map[int]bool{}
			for range 500 {
				b := next(p)
				lengths[len(b)] = true
				sound(t, text, b)
			}
			if len(lengths) != 16 {
				t.Errorf("%s: %d lengths, want 16", text, len(lengths))
			}
		}
	}
	o.Max = 0
	p := compile(t, texts[0], o)
	seen := map[string]int{}
	for range 15 {
		g := gopacket.NewPacket(next(p), layers.LayerTypeEthernet, gopacket.Default)
		ip, udp := g.Layer(layers.LayerTypeIPv4).(*layers.IPv4), g.Layer(layers.LayerTypeUDP).(*layers.UDP)
		seen[fmt.Sprint(ip.SrcIP, ip.TOS, uint16(udp.SrcPort))]++
		if d := ip.DstIP.To4(); d[0] != 20 || d[2] > 3 || udp.DstPort < 53 || udp.DstPort > 99 {
			t.Errorf("%v:%d", d, udp.DstPort)
		}
	}
	if len(seen) != 15 || seen["10.0.0.1 1 1000"] != 1 || seen["10.0.0.5 2 1001"] != 1 {
		t.Errorf("%v", seen)
	}
}

// Equal seeds give equal packets, others other ones.
func TestSeeds(t *testing.T) {
	all := func(seed uint64) (s []byte) {
		o := options
		o.Seed, o.Min, o.Max, o.Random = seed, 64, 90, true
		p := compile(t, "UDP: 1.2.3.4 + 9.9.9.9 -> 5.6.7.8 UDP: 1 + 65535 -> 3", o)
		for range 100 {
			s = append(s, next(p)...)
		}
		return s
	}
	if !bytes.Equal(all(1), all(1)) || bytes.Equal(all(1), all(2)) {
		t.Error("the seed is not what decides")
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		text string
		o    craft.Options
		want int
	}{
		{"hex 0x00", options, 64},
		{"incrementing 100", options, 100},
		{"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2", options, 78},
		{"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2 incrementing 100", options, 142},
		{"hex 0x45000014000000004011", craft.Options{Most: 500, IP: true}, 78},
		{"hex 0x450000140000000040110800ffff", craft.Options{Most: 500}, 64},
		{"incrementing 100", craft.Options{Most: 500, Min: 30, Max: 30}, 30},
	} {
		if got := len(next(compile(t, c.text, c.o))); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.text, got, c.want)
		}
	}
}

// An error names the word, its place and what was wanted there.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          "",
		"nonsense":                                  `"nonsense" (character 1): want a header such as`,
		"UDP: 1.2.3.4 > 5.6.7.8":                    `">" behind "UDP: 1.2.3.4" (character 14): want ->`,
		"UDP: 1.2.3.4 -> 5.6.7":                     `"5.6.7" behind "UDP: 1.2.3.4 ->" (character 17): want an IPv4 address`,
		"UDP: 1.2.3.4 ->":                           `the end behind "UDP: 1.2.3.4 ->"`,
		"UDP: 1000 -> 53":                           "want a header with addresses first",
		"FOO: 1.2.3.4 -> 5.6.7.8":                   "want an IP protocol",
		"FOO: 1.2.3 -> 4.5.6":                       "want an Ethernet type",
		"300: 1.2.3.4 -> 5.6.7.8":                   "want an IP protocol",
		"FOO: bar":                                  "want a header with addresses first",
		"UDP: 1.2.3.4 -> 1.2.3.5 bar":               `"bar"`,
		"IP4: 1.2.3 -> 4.5.6 UDP: ::1 -> ::2":       "want no IPv6 header",
		"UDP: 1.2.3.4 -> 5.6.7.8 TCP: 1 -> 2":       "its protocol is 17",
		"UDP: 1.2.3.4 -> 5.6.7.8 ICMP echo_request": "protocol of the IP header in front is 17",
		"ICMP: 1.2.3.4 -> 5.6.7.8 ICMP foo":         "want an ICMP type",
		"UDP: 1.2.3.4 -> 5.6.7.8 ttl 256":           "a number from 0 to 255",
		"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 65536":   "a port, a number from 0 to 65535",
		"UDP: 1.2.3.4 - 1.2.3.3 -> 5.6.7.8":         "a range whose end is not below",
		"UDP: ::1 - 1::1 -> ::1":                    "first 64 bits",
		"IP4: 1.2.3 -> 4.5.6 vlan 4096":             "0 to 4095",
		"MPLS: 1.2.3 -> 4.5.6 vlan 1 vlan 2 vlan 3": "2 VLAN tags at most",
		"hex 0x123":                                 "an even number",
		"hex 12":                                    "want 0x",
		"incrementing x":                            "a number of bytes",
		"incrementing 2000":                         "1792 bytes of payload at most",
		"incrementing 1780 incrementing 13":         "at most",
		"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2 incrementing 1790":                                             "do not fit a buffer",
		"TCP: 1.2.3.4 -> 5.6.7.8 TCP: 1 -> 2 opt foo":                                                       "want mss N",
		"TCP: 1.2.3.4 -> 5.6.7.8 TCP: 1 -> 2 opt mss 1-3":                                                   "one value",
		"TCP: 1.2.3.4 -> 5.6.7.8 TCP: 1 -> 2 opt sack nvalues 3 1 2 3 4 5 6 opt sack nvalues 3 1 2 3 4 5 6": "40 bytes of TCP options",
		"ARP: 1.2.3 -> 4.5.6 request: 1.2.3 10.0.0.1":                                                       "want / and",
	} {
		_, err := craft.Compile(text, options)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if e := new(craft.Error); errors.As(err, &e) && (e.At < 0 || e.At > len(text)) {
			t.Errorf("%q: at %d", text, e.At)
		}
	}
	for _, o := range []craft.Options{{Min: 27, Max: 27, Most: 1000}, {Min: 90, Max: 64, Most: 1000}, {Min: 64, Max: 1000, Most: 1000}} {
		if _, err := craft.Compile("UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2", o); err == nil {
			t.Errorf("%+v is not refused", o)
		}
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	o := options
	o.Min, o.Max, o.Random = 64, 99, true
	p := compile(t, "UDP: 10.0.0.1 - 10.0.0.5 -> 20.0.0.1 + 20.0.3.1 UDP: 1000 -> 53", o)
	b := make([]byte, 1792)
	if n := testing.AllocsPerRun(1000, func() { p.Write(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever the text, there is an error or there are packets of the right size; the fuzzer's corpus is the texts above.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"IP4: 1.2.3 -> 4.5.6 vlan 3 UDP: 1.2.3.4 - 1.2.3.9 -> 5.6.7.8 ttl 3-9 fragment id 1 offset 8 UDP: 1 + 9 -> 2 length 9 incrementing 30",
		"TCP: ::1 - ::9 -> ::2 length 7 TCP: 1 -> 2 SYN opt mss 5 opt sack nvalues 1 2 3 hex 0x00",
		"ARP: 1.2.3 -> 4.5.6 reply: 1.2.3/1.2.3.4 -> 4.5.6/1.2.3.4 + 9.9.9.9", "ICMP6: ::1 -> ::2 ICMP type 1 - 3 code 2",
		"hex 0x4500", "UDP: 1.2.3.4 -> 5.6.7.8 length 29 UDP: 1-2 -> 3",
	} {
		f.Add(text, uint8(0), uint8(0), false)
		f.Add(text, uint8(60), uint8(63), true)
	}
	f.Fuzz(func(t *testing.T, text string, least, more uint8, random bool) {
		o := craft.Options{Most: 400, Random: random, IP: random}
		if least > 0 {
			o.Min, o.Max = int(least), int(least)+int(more)
		}
		p, err := craft.Compile(text, o)
		if err != nil {
			_ = err.Error()
			return
		}
		low, high := p.Sizes()
		b := make([]byte, high)
		for range 10 {
			if n := p.Write(b); n < low || n > high || high > o.Most {
				t.Errorf("%d bytes, %d to %d", n, low, high)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	o := options
	o.Min, o.Max = 46, 46
	p := compile(b, "UDP: 10.0.0.0 - 10.0.3.255 -> 20.0.0.1 UDP: 1000 -> 53 incrementing 18", o)
	buf := make([]byte, 2048)
	for b.Loop() {
		p.Write(buf)
	}
}

// A long text costs time in proportion to its length.
func TestLongText(t *testing.T) {
	begin := time.Now()
	text := strings.Repeat("IP_IN_IP: 1.2.3.4 -> 5.6.7.8 ", 30000)
	if _, err := craft.Compile(text, options); err == nil {
		t.Error("taken")
	}
	text = strings.Repeat("incrementing 1 ", 60000)
	if _, err := craft.Compile(text, options); err == nil {
		t.Error("taken")
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

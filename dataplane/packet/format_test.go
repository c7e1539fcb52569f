package packet

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

func TestFormatIP(t *testing.T) {
	for line, want := range map[string]string{
		"udp 10.0.3.25:4 > 20.0.0.1:5 len 36": `
UDP: 10.0.3.25 -> 20.0.0.1
  tos 0x00, ttl 64, length 64, checksum 0x5994 dscp CS0 ecn NON_ECN
  fragment id 0x0000
UDP: 4 -> 5
  length 44, checksum 0xab2e`,
		"tcp " + at4 + "[SA] seq 1 ack 2 win 3 tos 185 opt 01010101 badsum": `
TCP: 10.0.0.1 -> 10.0.0.2
  version 4, header length 24
  tos 0xb9, ttl 64, length 44, checksum 0x63f0 (should be 0x630f) dscp EF ecn ECT_0
  fragment id 0x0000`,
		"udp " + at4 + "frag 2+ ipid 7 tos 47 len 16": `
UDP: 10.0.0.1 -> 10.0.0.2
  tos 0x2f, ttl 64, length 36, checksum 0x468f dscp 11 ecn CE
  fragment id 0x0007 offset 16, flags MORE_FRAGMENTS`,
		"tcp " + at6 + "[R] ext hbh tos 40": `
IP6_HOP_BY_HOP_OPTIONS: 2001:db8::1 -> 2001:db8::2
  tos 0x28, flow label 0x0, hop limit 64, payload length 28
TCP: 1000 -> 80
  seq. 0x00000000 ack 0x00000000
  flags 0x04 RST, tcp header: 20 bytes
  window 65535, checksum 0x5034`,
		"icmp " + to4 + "id 9": `
ICMP: 10.0.0.1 -> 10.0.0.2
  tos 0x00, ttl 64, length 28, checksum 0x66df dscp CS0 ecn NON_ECN
  fragment id 0x0000
ICMP echo_request checksum 0xf7f6 id 9`,
		"icmpv6 " + to6 + "type 1 code 4": `
ICMP6: 2001:db8::1 -> 2001:db8::2
  tos 0x00, flow label 0x0, hop limit 64, payload length 8
ICMP type 1 code 4 checksum 0xa344`,
		"sctp " + at4 + "cut 43": `
SCTP: 10.0.0.1 -> 10.0.0.2
  tos 0x00, ttl 64, length 32, checksum 0x6658 dscp CS0 ecn NON_ECN
  fragment id 0x0000`,
		"udp " + at4 + "cut 33":    "\nIP header truncated",
		"udp " + at6 + "cut 53":    "\nIP header truncated",
		"eth 0x0800 data 55667788": "\nIP version 5",
		"eth 0x0800":               "\nIP header truncated",
	} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		if got := strings.Join(FormatIP(p, &m), "\n"); got != want[1:] {
			t.Errorf("%s:\n%s\nwant%s", line, got, want)
		}
	}
}

// TestFormatIPOfStart: a trace keeps the start of a packet, and metadata that says more.
func TestFormatIPOfStart(t *testing.T) {
	for _, line := range []string{"tcp " + at4 + "[S] len 20", "udp " + at6 + "ext dst len 20", "icmp " + to4 + "len 20"} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		for n := range p {
			FormatIP(tight(p[:n]), &m)
		}
	}
}

package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// FormatIP is the IP header at m.L3 and the transport header behind it in the lines of VPP's packet trace, for people:
// it allocates. p may be the start of the packet only, and faulty: what is not there is left out.
func FormatIP(p []byte, m *buffer.Meta) []string {
	if int(m.L3) >= len(p) {
		return []string{"IP header truncated"}
	}
	h := p[m.L3:]
	switch version := h[0] >> 4; {
	case version == 4 && len(h) >= ip4Len:
		return append(formatIP4(h), formatTransport(p, m)...)
	case version == 6 && len(h) >= ip6Len:
		return append(formatIP6(h), formatTransport(p, m)...)
	case version == 4 || version == 6:
		return []string{"IP header truncated"}
	default:
		return []string{fmt.Sprintf("IP version %d", version)}
	}
}

func formatIP4(h []byte) []string {
	src, dst := netip.AddrFrom4([4]byte(h[12:])), netip.AddrFrom4([4]byte(h[16:]))
	lines := []string{fmt.Sprintf("%s: %v -> %v", protoName(h[9]), src, dst)}
	head := int(h[0]&15) * 4
	if head != ip4Len {
		lines = append(lines, fmt.Sprintf("  version 4, header length %d", head))
	}
	tos := fmt.Sprintf("  tos 0x%02x, ttl %d, length %d, checksum 0x%04x", h[1], h[8], be16(h[2:]), be16(h[10:]))
	if head >= ip4Len && head <= len(h) && Checksum(h[:head], 0) != 0 {
		without := Checksum(h[12:head], uint32(^Checksum(h[:10], 0)))
		tos += fmt.Sprintf(" (should be 0x%04x)", without)
	}
	lines = append(lines, tos+fmt.Sprintf(" dscp %s ecn %s", dscpName(h[1]>>2), ecnNames[h[1]&3]))

	frag := fmt.Sprintf("  fragment id 0x%04x", be16(h[4:]))
	if offset := be16(h[6:]) & fragOffset; offset != 0 {
		frag += fmt.Sprintf(" offset %d", int(offset)*8)
	}
	if flags := be16(h[6:]) >> 13; flags != 0 {
		frag += ", flags " + bitNames(uint8(flags), "", "MORE_FRAGMENTS", "DONT_FRAGMENT", "CONGESTION")
	}
	return append(lines, frag)
}

func formatIP6(h []byte) []string {
	src, dst := netip.AddrFrom16([16]byte(h[8:])), netip.AddrFrom16([16]byte(h[24:]))
	word := binary.BigEndian.Uint32(h)
	return []string{
		fmt.Sprintf("%s: %v -> %v", protoName(h[6]), src, dst),
		fmt.Sprintf("  tos 0x%02x, flow label 0x%x, hop limit %d, payload length %d", word>>20&0xff, word&0xfffff, h[7], be16(h[4:])),
	}
}

// formatTransport is the transport header's lines, none if there is none to be seen.
func formatTransport(p []byte, m *buffer.Meta) []string {
	end := min(int(m.End), len(p))
	if !m.HasProto || m.LaterFragment || int(m.L4) >= end {
		return nil
	}
	t := p[m.L4:end]
	switch {
	case m.HasICMP && len(t) >= 4:
		return []string{formatICMP(t, m.IsIP4)}
	case m.Proto == ProtoTCP && len(t) >= 20:
		return []string{
			fmt.Sprintf("TCP: %d -> %d", be16(t), be16(t[2:])),
			fmt.Sprintf("  seq. 0x%08x ack 0x%08x", binary.BigEndian.Uint32(t[4:]), binary.BigEndian.Uint32(t[8:])),
			fmt.Sprintf("  flags 0x%02x %s, tcp header: %d bytes", t[13],
				bitNames(t[13], " ", "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"), int(t[12]>>4)*4),
			fmt.Sprintf("  window %d, checksum 0x%04x", be16(t[14:]), be16(t[16:])),
		}
	case m.Proto == ProtoUDP && len(t) >= 8:
		return []string{
			fmt.Sprintf("UDP: %d -> %d", be16(t), be16(t[2:])),
			fmt.Sprintf("  length %d, checksum 0x%04x", be16(t[4:]), be16(t[6:])),
		}
	case m.HasPorts:
		return []string{fmt.Sprintf("%s: %d -> %d", protoName(m.Proto), m.SrcPort, m.DstPort)}
	}
	return nil
}

func formatICMP(t []byte, ip4 bool) string {
	name, echo := fmt.Sprintf("type %d code %d", t[0], t[1]), [2]byte{128, 129}
	if ip4 {
		echo = [2]byte{8, 0}
	}
	switch t[0] {
	case echo[0]:
		name = "echo_request"
	case echo[1]:
		name = "echo_reply"
	}
	s := fmt.Sprintf("ICMP %s checksum 0x%x", name, be16(t[2:]))
	if strings.HasPrefix(name, "echo") && len(t) >= 6 {
		s += fmt.Sprintf(" id %d", be16(t[4:]))
	}
	return s
}

// protoName is VPP's name of an IP protocol.
func protoName(proto uint8) string {
	if name, ok := protoNames[proto]; ok {
		return name
	}
	return fmt.Sprintf("unknown %d", proto)
}

var protoNames = map[uint8]string{
	ProtoHopByHop: "IP6_HOP_BY_HOP_OPTIONS", ProtoICMP: "ICMP", 2: "IGMP", 4: "IP_IN_IP", ProtoTCP: "TCP",
	ProtoUDP: "UDP", ProtoDCCP: "DCCP", 41: "IPV6", ProtoRouting: "IPV6_ROUTE", ProtoFragment: "IPV6_FRAGMENTATION",
	46: "RSVP", ProtoGRE: "GRE", ProtoESP: "IPSEC_ESP", ProtoAH: "IPSEC_AH", ProtoICMP6: "ICMP6",
	ProtoNone: "IP6_NONXT", ProtoDestOpts: "IP6_DESTINATION_OPTIONS", 88: "EIGRP", 89: "OSPF", 103: "PIM", 112: "VRRP",
	115: "L2TP", ProtoSCTP: "SCTP", ProtoUDPLite: "UDP_LITE",
}

var ecnNames = [4]string{"NON_ECN", "ECT_0", "ECT_1", "CE"}

// dscpName is the name of a differentiated-services code point, its number where RFC 2474, 2597 and 3246 name none.
func dscpName(d uint8) string {
	class, drop := d>>3, d>>1&3
	switch {
	case d == 46:
		return "EF"
	case d&7 == 0:
		return fmt.Sprintf("CS%d", class)
	case d&1 == 0 && class >= 1 && class <= 4:
		return fmt.Sprintf("AF%d%d", class, drop)
	}
	return fmt.Sprint(d)
}

// bitNames joins the names of the bits set, names[0] that of the lowest.
func bitNames(bits uint8, sep string, names ...string) string {
	var set []string
	for i, name := range names {
		if bits>>i&1 != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, sep)
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

package pcapport

import (
	"encoding/binary"
	"fmt"
)

// Link types that are written.
const (
	LinkEthernet = 1
	LinkRaw      = 101 // IPv4 or IPv6, by the version in the header
)

// Link types that can be replayed.
const (
	linkEthernet = LinkEthernet
	linkRaw      = LinkRaw
	linkRawBSD   = 12 // the same, as most systems number it internally
	linkRawOpen  = 14 // the same, on OpenBSD
	linkIPv4     = 228
	linkIPv6     = 229
)

// linkNames are the names of the link types that one meets, as tcpdump.org lists them without LINKTYPE_.
var linkNames = map[int]string{
	0: "NULL", 1: "ETHERNET", 6: "IEEE802_5", 7: "ARCNET_BSD", 8: "SLIP", 9: "PPP", 10: "FDDI", 12: "RAW", 14: "RAW",
	50: "PPP_HDLC", 51: "PPP_ETHER", 100: "ATM_RFC1483", 101: "RAW", 104: "C_HDLC", 105: "IEEE802_11", 107: "FRELAY",
	108: "LOOP", 109: "ENC", 113: "LINUX_SLL", 114: "LTALK", 117: "PFLOG", 119: "IEEE802_11_PRISM", 122: "IP_OVER_FC",
	123: "SUNATM", 127: "IEEE802_11_RADIOTAP", 138: "APPLE_IP_OVER_IEEE1394", 143: "DOCSIS", 149: "USER2", 160: "ERF",
	163: "IEEE802_11_AVS", 187: "BLUETOOTH_HCI_H4", 189: "USB_LINUX", 192: "PPI", 195: "IEEE802_15_4_WITHFCS",
	201: "BLUETOOTH_HCI_H4_WITH_PHDR", 220: "USB_LINUX_MMAPPED", 227: "CAN_SOCKETCAN", 228: "IPV4", 229: "IPV6",
	230: "IEEE802_15_4_NOFCS", 239: "NFLOG", 242: "IPOIB", 249: "USBPCAP", 253: "NETLINK", 256: "PKTAP",
	271: "VSOCK_LINUX", 276: "LINUX_SLL2",
}

// LinkTypeError says that a capture's packets are not Ethernet frames.
type LinkTypeError struct {
	File     string
	LinkType int
}

// Error names the link type and what to do.
func (e *LinkTypeError) Error() string {
	name, ok := linkNames[e.LinkType]
	if !ok {
		name = "unknown"
	}
	return fmt.Sprintf("pcapport: capture %q: link type %d (%s), want 1 (ETHERNET) or raw IP (101, 12, 14, 228, 229): "+
		"capture on an Ethernet interface, or convert the file with tcprewrite --dlt=enet", e.File, e.LinkType, name)
}

// checkLink reports a link type that cannot be replayed.
func (s *source) checkLink(linkType int) error {
	switch linkType {
	case linkEthernet, linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		return nil
	}
	return &LinkTypeError{File: s.name, LinkType: linkType}
}

// etherRoom is what packet leaves free in front of a packet for an Ethernet header.
const etherRoom = 14

// rawHeader is the Ethernet header of a packet without one, but for its type.
var rawHeader = [etherRoom - 2]byte{0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01}

// frame completes p with the packet just read, behind an Ethernet header if the capture has none.
func (s *source) frame(p Packet) Packet {
	p.Offset = s.record
	if p.LinkType == linkEthernet {
		p.Data = s.data[etherRoom:]
		return p
	}
	copy(s.data, rawHeader[:])
	binary.BigEndian.PutUint16(s.data[len(rawHeader):], rawType(p.LinkType, s.data[etherRoom:]))
	p.Data = s.data
	p.OrigLen += etherRoom
	return p
}

// rawType is the EtherType of a raw packet, 0, which is none, where it is neither IPv4 nor IPv6.
func rawType(linkType int, data []byte) uint16 {
	const ip4, ip6 = 0x0800, 0x86dd
	switch {
	case linkType == linkIPv4:
		return ip4
	case linkType == linkIPv6:
		return ip6
	case len(data) > 0 && data[0]>>4 == 4:
		return ip4
	case len(data) > 0 && data[0]>>4 == 6:
		return ip6
	}
	return 0
}

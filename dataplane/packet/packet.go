// Package packet reads the headers of a packet once, into the packet's buffer.Meta, and computes internet checksums.
//
// Terms: a frame is what an Ethernet port received, without its check sequence; the datagram is the IP packet in it,
// from Meta.L3 to Meta.End; what lies behind End is padding. A fault is a reason why a packet cannot be forwarded as
// IP; a flaw is one why it belongs to no session. A later fragment is one that does not start with the transport header.
//
//	| Ethernet | VLAN tags | IP header | extension headers, IPv6 | transport | padding |
//	0                      L3                                  L4          End       Len
//
// Ethernet, IPv4 and IPv6 are the parser: Ethernet first, then by EtherType one of the others, each at most once per
// packet, on a Meta whose parser fields are zero. Everything else reads through the Meta that they filled.
//
// Invariant: no byte behind the packet, and of a well-formed datagram no byte behind End, changes any result; a field of
// Meta that is not valid leaves its Has or Is bit false. Nothing here allocates, but for the Format functions, which are
// for people.
//
// The package forwards nothing, judges neither TTL nor addresses, keeps no sessions and reassembles nothing. It does not look into
// ESP or tunnels: they are the protocol; nor into AH, but for BehindAH, which connection tracking asks. Packets are at most 65,535 bytes, which is what Meta can say.
package packet

// Fault is why a packet is not well-formed; the zero value says that it is.
type Fault uint8

// The faults. NumFaults is their number, for tables indexed by one.
const (
	FaultNone             Fault = iota
	FaultFrameShort             // Ethernet: fewer than 14 bytes
	FaultIP4Version             // IPv4: the version is not 4
	FaultIP4HeaderLength        // IPv4: fewer than 20 bytes, by the frame or by IHL, or IHL beyond the frame
	FaultIP4TotalLength         // IPv4: total length below the header's or beyond the frame
	FaultIP4Checksum            // IPv4: the header's sum is not right
	FaultIP6Version             // IPv6: the version is not 6
	FaultIP6HeaderLength        // IPv6: fewer than 40 bytes
	FaultIP6PayloadLength       // IPv6: payload length beyond the frame
	NumFaults
)

var faultTexts = [NumFaults]string{
	FaultNone:             "no fault",
	FaultFrameShort:       "frame shorter than an Ethernet header",
	FaultIP4Version:       "IPv4 version is not 4",
	FaultIP4HeaderLength:  "IPv4 header length wrong or header cut short",
	FaultIP4TotalLength:   "IPv4 total length wrong",
	FaultIP4Checksum:      "IPv4 header checksum wrong",
	FaultIP6Version:       "IPv6 version is not 6",
	FaultIP6HeaderLength:  "IPv6 header cut short",
	FaultIP6PayloadLength: "IPv6 payload longer than the frame",
}

// String is the fault in words, as counters and traces show it.
func (f Fault) String() string {
	if f < NumFaults {
		return faultTexts[f]
	}
	return "unknown fault"
}

// EtherTypes that the parser or the graph know.
const (
	EtherTypeIP4    = 0x0800
	EtherTypeARP    = 0x0806
	EtherTypeIP6    = 0x86dd
	EtherTypeVLAN   = 0x8100 // IEEE 802.1Q
	EtherTypeQinQ   = 0x88a8 // IEEE 802.1ad
	EtherTypeQinQ91 = 0x9100 // what was used before 802.1ad
	EtherTypeMin    = 0x0600 // below, the field is a length and the frame is not Ethernet II
)

// IP protocol numbers that the parser or the graph know.
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoDCCP     = 33
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMP6    = 58
	ProtoNone     = 59
	ProtoDestOpts = 60
	ProtoSCTP     = 132
	ProtoUDPLite  = 136
)

// Bits of Meta.TCPFlags.
const (
	TCPFin = 1 << iota
	TCPSyn
	TCPRst
	TCPPsh
	TCPAck
	TCPUrg
	TCPEce
	TCPCwr
)

package packet

// Flaw is why a transport header is no good, so that its packet belongs to no session whatever came before it; the zero value
// says that nothing is wrong. It judges less than a host would: what nf_conntrack of Linux 6.18 takes is taken.
type Flaw uint8

// The flaws. NumFlaws is their number, for tables indexed by one.
const (
	FlawNone       Flaw = iota
	FlawNoProtocol      // IPv6: no next header, or a chain of extension headers that is cut
	FlawHeaders         // IPv6: more than MaxExtensions extension headers
	FlawShort           // fewer bytes than the header of the protocol has
	FlawTCPOffset       // TCP: data offset below the header or beyond the datagram
	FlawTCPFlags        // TCP: flags that no segment has together
	FlawUDPLength       // UDP: length below the header or beyond the datagram
	FlawCoverage        // UDP-Lite: checksum coverage below the header or beyond the datagram
	FlawNoSum           // UDP-Lite: no checksum
	FlawSum             // the checksum is wrong; SCTP: the CRC is
	FlawICMPType        // ICMP, ICMPv6: a type that is no query, answer or error, and no neighbour's business
	FlawICMPFamily      // ICMP in IPv6, or ICMPv6 in IPv4
	FlawChunks          // SCTP: none, one without length, or such as cannot come together
	FlawGRE             // GRE version 1 that does not carry PPP
	NumFlaws
)

var flawTexts = [NumFlaws]string{
	FlawNone:       "no flaw",
	FlawNoProtocol: "no transport protocol",
	FlawHeaders:    "too many IPv6 extension headers",
	FlawShort:      "transport header cut short",
	FlawTCPOffset:  "TCP data offset wrong",
	FlawTCPFlags:   "TCP flags that no segment has together",
	FlawUDPLength:  "UDP length wrong",
	FlawCoverage:   "UDP-Lite checksum coverage wrong",
	FlawNoSum:      "UDP-Lite checksum missing",
	FlawSum:        "transport checksum wrong",
	FlawICMPType:   "ICMP type unknown",
	FlawICMPFamily: "ICMP of the other IP version",
	FlawChunks:     "SCTP chunks wrong",
	FlawGRE:        "GRE version 1 without PPP",
}

// String is the flaw in words, as counters and traces show it.
func (f Flaw) String() string {
	if f < NumFlaws {
		return flawTexts[f]
	}
	return "unknown flaw"
}

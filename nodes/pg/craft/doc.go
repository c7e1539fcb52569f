// Package craft makes packets of VPP's text for them, as `packet-generator new` takes it between the braces behind data.
//
//	IP4: 1.2.3 -> 4.5.6                      Ethernet: type, addresses as 1.2.3 or 02:00:00:00:00:01; then vlan N, priority N, cfi N
//	UDP: 10.0.0.1 - 10.0.0.9 -> 20.0.0.1     IPv4 or IPv6: protocol, addresses; then ttl N, tos N, fragment id N offset N, df, mf, …
//	UDP: 1000 + 2000 -> 53                   ports; then length N, checksum N; TCP: flags, window N, seqnum N, acknum N, opt …
//	ICMP echo_request                        type by name or type N code N
//	request: MAC/IP -> MAC/IP                ARP
//	incrementing 18    hex 0xdeadbeef        payload, one piece behind the other
//
// Terms: a range is two values with - or + between them; A - B gives A, A+1, … B, A, …, A + B gives random ones. An edit is a
// field with a range; a template is the packet without its edits. Lengths and checksums are computed unless the text gives
// them. Where the text begins with an IP header, the packet gets an Ethernet header in front.
//
//	text ── Compile ──> template, edits, sums ── Write ──> packet, packet, …
//
// Invariant: what Write costs does not depend on the packet's payload but for the copy of it: a checksum is the template's
// sum, and the edited words. Write does not allocate. Equal text and seed give equal packets.
//
// Compared with VPP 26.10, packet by packet, equal texts make equal packets but for this. Taken, where VPP refuses: texts without payload,
// ranges of sizes with payload, numbers for protocols, IPv6 with options, IP in IP, ICMP type N code N, offset without fragment id, TCP's
// urgent. Refused, where VPP goes on as if it were not there: what follows the payload and is none, a range whose end is below its
// beginning, incrementing A - B; and a range of lengths above a checksum that is to be computed. Right, where VPP is not: checksums of TCP
// and of UDP in IPv6, ranges of VLAN ids, of IPv6 addresses and of fragment offsets, payload behind ARP, several pieces of payload, of which
// VPP takes the first. Without a size packets are as long as their text, 64 bytes at least; VPP cuts them there.
//
// The package does not know streams, interfaces and buffers.
package craft

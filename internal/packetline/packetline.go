// Package packetline writes a packet as one readable line and makes the packet of such a line, for tests.
//
//	tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] seq 7 win 1024
//	udp [2001:db8::1]:1000 > [2001:db8::2]:53 ext hbh,dst frag 0+ len 1448
//	icmp 10.0.0.9 > 10.0.0.1 type 3 code 1 quote { udp 10.0.0.1:1000 > 10.0.0.2:53 }
//	eth 0x0806 data 0001
//
// A line is what the packet is, then where it goes, then words in any order:
//
//	line   = what from ">" to {word}  |  "eth" type {word}        type: the EtherType, as 0x0806
//	what   = "tcp" | "udp" | "sctp" | "dccp" | "udplite"           from and to are A.B.C.D:port or [X::X]:port
//	       | "icmp" | "icmpv6" | "gre" | "esp" | "ah"              from and to are A.B.C.D or X::X
//	       | "ip" "proto" N                                        the same; nothing between IP and data
//
//	[FSRPAUEC]    TCP: the flags, each a letter, CWR being C; none without this word
//	seq N ack N win N     TCP; win is 65535 if not given. seq also: ICMP echo, ESP, AH
//	mss N wscale N sackok ts N:N sack N-N{,N-N} nop tcpopt HEX    TCP options in this order, filled up with zeros
//	doff N        TCP: the data offset, in words of 4 bytes, if not the right one
//	udplen N      UDP: the length, if not the right one; UDP-Lite: the checksum coverage, all if not given
//	chunk K{,P}   SCTP: a chunk, of type K, a number or a name such as init-ack; P is flags=N, len=N, body=HEX or, of INIT and
//	              INIT ACK, whose body need not be given, tag=N
//	type N code N id N    ICMP: echo request if not given. id also: ESP and AH (the SPI), SCTP (the tag)
//	data HEX      the bytes behind the transport header, and the chunks
//	len N         their number: what data does not give counts up from 0
//	quote { line }        they are the datagram of that line: for ICMP errors and tunnels
//	frag N[+]     a fragment at 8*N bytes, "+" with more to follow. A later one has no transport header, only data (8 bytes
//	              if neither data nor len is given), and its ports are for the reader; "from" and "to" may go without
//	ipid N        identification of a fragment, or of an IPv4 packet
//	ttl N tos N   hop limit (64) and traffic class (0)
//	opt HEX       IPv4: options, a multiple of 4 bytes
//	ext E{,E}     IPv6: extension headers in this order: hbh, dst, rt, frag, ah. Without a word frag, that of frag is at
//	              offset 0 with nothing to follow; the word frag without it adds one behind the others
//	vlan N        a tag; of several words, the first is the outer
//	smac MAC dmac MAC     where the frame comes from and goes to: from 02:00:00:00:00:01 to 02:00:00:00:00:02 if not given
//	pad N         bytes (0xee) behind the datagram
//	badsum        IPv4: header checksum wrong
//	badl4sum nosum partial      TCP, UDP, ICMP: checksum wrong; 0; the folded sum of the pseudo header. SCTP: the first two
//	cut N         all of the above, but only the first N bytes of the frame
//
// Invariant: Build makes the same bytes of a line and of what String makes of those bytes, but for data of more than 32
// bytes that do not count up from 0. What String returns can be built.
//
// The package shares no code with the parser that it serves to test, and checks no more than that a line can be built.
package packetline

import "fmt"

// Build is the frame that line describes. Its error names the word that cannot be.
func Build(line string) ([]byte, error) {
	w := split(line)
	l, err := w.line()
	if err == nil && len(w.rest) > 0 {
		err = fmt.Errorf("%q: want a word of the line", w.rest[0])
	}
	var p []byte
	if err == nil {
		p, err = l.frame()
	}
	if err != nil {
		return nil, fmt.Errorf("packetline: %w, in %q", err, line)
	}
	return p, nil
}

// MustBuild is Build for lines known to be right; it panics where they are not.
func MustBuild(line string) []byte {
	p, err := Build(line)
	if err != nil {
		panic(err)
	}
	return p
}

// line is what a line says.
type line struct {
	proto     uint8
	raw       bool // "ip proto": no transport header
	ether     bool // an "eth" line
	etherType uint16
	src, dst  endpoint

	flags      uint8
	seq, ack   uint32
	win        uint16
	kind, code uint8 // of ICMP
	id         uint32
	tcpopt     []byte
	doff       int    // -1 for what is right
	udplen     int    // -1 for what is right
	chunks     []byte // of SCTP
	data       []byte
	length     int // of data, -1 for as many as data has
	frag       bool
	offset     uint16
	more       bool
	ipid       uint32
	ttl, tos   uint8
	opt        []byte
	ext        []uint8
	vlans      []uint16
	macs       [12]byte // destination, source
	pad        int
	cut        int // -1 for none
	badsum     bool
	l4sum      string // "badl4sum", "nosum", "partial" or ""
}

// Protocol numbers.
const (
	hopByHop = 0
	icmp     = 1
	tcp      = 6
	udp      = 17
	dccp     = 33
	routing  = 43
	fragment = 44
	gre      = 47
	esp      = 50
	ah       = 51
	icmpv6   = 58
	none     = 59
	dstOpts  = 60
	sctp     = 132
	udplite  = 136
)

var protos = map[string]uint8{
	"tcp": tcp, "udp": udp, "sctp": sctp, "dccp": dccp, "udplite": udplite,
	"icmp": icmp, "icmpv6": icmpv6, "gre": gre, "esp": esp, "ah": ah,
}

func hasPorts(proto uint8) bool {
	return proto == tcp || proto == udp || proto == sctp || proto == dccp || proto == udplite
}

var exts = map[string]uint8{"hbh": hopByHop, "dst": dstOpts, "rt": routing, "frag": fragment, "ah": ah}

// flagLetters are the TCP flags from the lowest bit.
const flagLetters = "FSRPAUEC"

const (
	defaultWin = 65535
	defaultTTL = 64
)

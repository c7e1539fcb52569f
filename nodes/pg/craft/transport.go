package craft

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// Fields of a UDP header; the ports are TCP's, too.
var (
	srcPort   = whole(0, 2)
	dstPort   = whole(2, 2)
	udpLength = whole(4, 2)
	udpSum    = whole(6, 2)
)

const (
	udpLen  = 8
	wantSum = "checksum N: what it covers differs from packet to packet, for the length in front is a range"
)

// transport reads UDP: or TCP: and ports.
func (b *builder) transport(name string) *Error {
	want := map[string]uint16{"UDP": packet.ProtoUDP, "TCP": packet.ProtoTCP}
	ip := b.below
	switch {
	case ip.kind != ip4 && ip.kind != ip6:
		return b.wanted("a header with addresses first, as UDP: 10.0.0.1 -> 10.0.0.2")
	case want[name] == 0 || want[name] != ip.next:
		return b.wanted("what the IP header in front says that follows: its protocol is %d", ip.next)
	case name == "UDP":
		return b.udp(ip)
	}
	return b.tcp(ip)
}

// ports reads NAME: SRC -> DST.
func (b *builder) ports(h int) *Error {
	b.at += len(b.span(isName))
	b.mark(":")
	read := func(f field) func() *Error {
		return func() *Error {
			v, err := b.number("a port", 16)
			if err == nil {
				b.set(h, f, v)
			}
			return err
		}
	}
	return b.arrow(read(srcPort), read(dstPort))
}

func (b *builder) udp(ip layer) *Error {
	h := b.grow(udpLen)
	if err := b.ports(h); err != nil {
		return err
	}
	var length, sum bool
	for {
		is, err := b.oneOf(h, []option{{udpLength, &length, []string{"length"}}, {udpSum, &sum, []string{"checksum"}}})
		if err != nil {
			return err
		}
		if !is {
			break
		}
	}
	end := 0 // as VPP, whatever the IP header says
	if length {
		end = h + int(binary.BigEndian.Uint16(b.data[h+udpLength.at:]))
	} else {
		b.lengths = append(b.lengths, lengthOf(h+udpLength.at, h))
	}
	if !sum {
		if b.changes(h + udpLength.at) {
			return b.wanted(wantSum)
		}
		b.sums = append(b.sums, checksum{at: h + udpSum.at, from: h, to: end, ip: ip, proto: packet.ProtoUDP, never: 0xffff})
	}
	b.below = layer{}
	return nil
}

// Fields of a TCP header.
var (
	tcpSeq    = whole(4, 4)
	tcpAck    = whole(8, 4)
	tcpWords  = field{12, 1, 0, 4}
	tcpFlags  = whole(13, 1)
	tcpWindow = whole(14, 2)
	tcpSum    = whole(16, 2)
	tcpUrgent = whole(18, 2)
)

const (
	tcpLen        = 20
	defaultWindow = 4096
	maxTCPOptions = 40
)

// tcpFlagNames are the flags from bit 0 on.
var tcpFlagNames = [8]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

func (b *builder) tcp(ip layer) *Error {
	h := b.grow(tcpLen)
	if err := b.ports(h); err != nil {
		return err
	}
	b.set(h, tcpWindow, only(defaultWindow))
	var sum bool
	for {
		is, err := b.oneOf(h, []option{
			{tcpWindow, nil, []string{"window"}}, {tcpSum, &sum, []string{"checksum"}}, {tcpSeq, nil, []string{"seqnum"}},
			{tcpAck, nil, []string{"acknum"}}, {tcpUrgent, nil, []string{"urgent"}},
		})
		if err != nil {
			return err
		}
		if !is && !b.tcpFlag(h) {
			break
		}
	}
	for b.word("opt") {
		if err := b.tcpOption(); err != nil {
			return err
		}
		if len(b.data)-h-tcpLen > maxTCPOptions {
			return b.wanted("%d bytes of TCP options at most", maxTCPOptions)
		}
	}
	for (len(b.data)-h)%4 != 0 {
		b.data = append(b.data, 1) // no-operation
	}
	b.set(h, tcpWords, only(uint64(len(b.data)-h)/4))
	if !sum {
		if ip.end != 0 && b.changes(ip.at+ip.length()) {
			return b.wanted(wantSum)
		}
		b.sums = append(b.sums, checksum{at: h + tcpSum.at, from: h, to: ip.end, ip: ip, proto: packet.ProtoTCP})
	}
	b.below = layer{}
	return nil
}

// tcpFlag reads a flag, if one follows.
func (b *builder) tcpFlag(h int) bool {
	for i, name := range tcpFlagNames {
		if b.word(name) {
			b.data[h+tcpFlags.at] |= 1 << i
			return true
		}
	}
	return false
}

// tcpOption reads a TCP option.
func (b *builder) tcpOption() *Error {
	put := func(kind byte, values, bytes int) *Error {
		at := b.grow(2 + values*bytes)
		b.data[at], b.data[at+1] = kind, byte(2+values*bytes)
		for i := range values {
			v, err := b.number("a value of the option", 8*bytes)
			if err != nil {
				return err
			}
			if v.order != fixed {
				return b.wanted("one value: options are the same in all packets")
			}
			b.set(at, whole(2+i*bytes, bytes), v)
		}
		return nil
	}
	switch {
	case b.word("mss"):
		return put(2, 1, 2)
	case b.word("winscale"):
		return put(3, 1, 1)
	case b.word("sackperm"):
		return put(4, 0, 0)
	case b.word("timestamp"):
		return put(8, 2, 4)
	case b.word("sack"):
		n := values{lo: 1}
		if b.word("nvalues") {
			var err *Error
			if n, err = b.number("a number of blocks", 2); err != nil {
				return err
			}
		}
		return put(5, 2*int(n.lo), 4)
	}
	return b.wanted("mss N, winscale N, sackperm, timestamp N N or sack nvalues N and two numbers for each")
}

// Fields of an ICMP header.
var (
	icmpType = whole(0, 1)
	icmpCode = whole(1, 1)
	icmpSum  = whole(2, 2)
)

const icmpLen = 4

// icmp reads what stands behind ICMP: a name, or type N and code N.
func (b *builder) icmp() *Error {
	ip := b.below
	v6 := ip.next == packet.ProtoICMP6
	if !v6 && ip.next != packet.ProtoICMP {
		return b.wanted("no ICMP header: the protocol of the IP header in front is %d", ip.next)
	}
	names := icmp4Names
	if v6 {
		names = icmp6Names
	}
	h := b.grow(icmpLen)
	w := b.span(isName)
	if n, ok := names[w]; ok {
		b.at += len(w)
		b.data[h], b.data[h+1] = byte(n>>8), byte(n)
	} else if w != "type" {
		return b.wanted("an ICMP type such as echo_request, or type N code N")
	}
	var sum bool
	for {
		is, err := b.oneOf(h, []option{{icmpType, nil, []string{"type"}}, {icmpCode, nil, []string{"code"}}, {icmpSum, &sum, []string{"checksum"}}})
		if err != nil {
			return err
		}
		if !is {
			break
		}
	}
	if !sum {
		if ip.end != 0 && b.changes(ip.at+ip.length()) {
			return b.wanted(wantSum)
		}
		c := checksum{at: h + icmpSum.at, from: h, to: ip.end}
		if v6 {
			c.ip, c.proto = ip, packet.ProtoICMP6
		}
		b.sums = append(b.sums, c)
	}
	b.below = layer{}
	return nil
}

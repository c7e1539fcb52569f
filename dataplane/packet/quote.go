package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Quoted is what names the session of a packet that an ICMP or ICMPv6 error quotes, in the direction in which that packet went.
type Quoted struct {
	Src6, Dst6       *[16]byte // IPv6: in place
	Src4, Dst4       uint32    // IPv4
	SrcPort, DstPort uint16    // TCP, UDP, SCTP, UDP-Lite
	ICMPID           uint16    // ICMP, ICMPv6: a query or an answer
	GRECall          uint16    // GRE: see the function of that name
	Proto            uint8
	ICMPType         uint8
	ICMPCode         uint8
}

// linkLocal is what the first 16 bits of an IPv6 address on the link begin with: ten bits.
const linkLocal, linkLocalMask = 0xfe80, 0xffc0

// Quote reads what an error quotes: the IP header and of the transport header 4 bytes, of ICMP's 8. It is false where m is no error,
// where that much is not there or names no session, and where the error does not go to the sender of what it quotes. The IP header
// inside is not judged: what it says is to be found among the sessions.
func Quote(p []byte, m *buffer.Meta) (q Quoted, ok bool) {
	t := transportBytes(p, m)
	if !m.HasICMP || ICMPClassOf(m) != ICMPError || len(t) < icmpLen {
		return q, false
	}
	switch {
	case m.IsIP4:
		return quote4(t[icmpLen:], p, m)
	case m.ICMPType != icmp6Redirect:
		return quote6(t[icmpLen:], p, m)
	}
	return quoteRedirect(t, p, m)
}

func quote4(h, p []byte, m *buffer.Meta) (q Quoted, ok bool) {
	if len(h) < ip4Len || binary.BigEndian.Uint16(h[6:])&fragOffset != 0 {
		return q, false
	}
	q.Src4, q.Dst4, q.Proto = binary.BigEndian.Uint32(h[12:]), binary.BigEndian.Uint32(h[16:]), h[9]
	head := int(h[0]&15) * 4
	if _, to := Addrs4(p, m); to != q.Src4 || head > len(h) {
		return q, false
	}
	return q, q.transport(h[head:], false)
}

func quote6(h, p []byte, m *buffer.Meta) (q Quoted, ok bool) {
	if len(h) < ip6Len {
		return q, false
	}
	q.Src6, q.Dst6 = (*[16]byte)(h[8:24]), (*[16]byte)(h[24:40])
	t := h[ip6Len:]
	proto, at, _, ok := skip(h[6], t)
	if _, to := Addrs6(p, m); !ok || *to != *q.Src6 {
		return q, false
	}
	q.Proto = proto
	return q, q.transport(t[min(at, len(t)):], true)
}

// quoteRedirect is Quote for a redirect of ICMPv6, which routers on the link alone may send. It quotes in its first option.
func quoteRedirect(t, p []byte, m *buffer.Meta) (q Quoted, ok bool) {
	const head, optHead, quoting = 40, 8, 4
	from, _ := Addrs6(p, m)
	hops := p[m.L3:][7]
	if m.ICMPCode != 0 || hops != 255 || binary.BigEndian.Uint16(from[:])&linkLocalMask != linkLocal {
		return q, false
	}
	if len(t) < head+optHead || t[head] != quoting || t[head+1] == 0 {
		return q, false
	}
	return quote6(t[head+optHead:], p, m)
}

// transport reads the transport header at the start of t, as much of it as names a session.
func (q *Quoted) transport(t []byte, ip6 bool) (ok bool) {
	switch q.Proto {
	case ProtoTCP, ProtoUDP, ProtoSCTP, ProtoUDPLite:
		if len(t) < 4 {
			return false
		}
		q.SrcPort, q.DstPort = binary.BigEndian.Uint16(t), binary.BigEndian.Uint16(t[2:])
	case ProtoICMP, ProtoICMP6:
		if len(t) < icmpLen || ip6 != (q.Proto == ProtoICMP6) {
			return false
		}
		q.ICMPType, q.ICMPCode, q.ICMPID = t[0], t[1], binary.BigEndian.Uint16(t[4:])
		_, ok = ICMPInverse(q.ICMPType, ip6)
		return ok
	case ProtoGRE:
		q.GRECall, ok = greCall(t)
		return ok
	}
	return true
}

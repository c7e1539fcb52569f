package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// endpoints is what of a packet, besides the addresses, goes into its session's key.
type endpoints struct {
	sport, dport uint16
	query        uint8 // the family of an ICMP query, 0 for everything else
	answer       bool  // the packet is the answer to such a query
}

// icmpQueries are the ICMP messages that come as question and answer with an identifier.
var icmpQueries4 = [256]uint8{8: 1, 0: 1 | isAnswer, 13: 2, 14: 2 | isAnswer, 15: 3, 16: 3 | isAnswer, 17: 4, 18: 4 | isAnswer}
var icmpQueries6 = [256]uint8{128: 1, 129: 1 | isAnswer}

const isAnswer = 0x80

// endpointsOf says whether a packet is of a kind that has sessions, and gives its endpoints.
func endpointsOf(p []byte, m *buffer.Meta) (e endpoints, ok bool) {
	switch {
	case m.HasPorts:
		return endpoints{sport: m.SrcPort, dport: m.DstPort}, m.Proto != packet.ProtoTCP || m.HasTCPFlags
	case !m.HasProto || m.LaterFragment:
		return e, false
	}
	switch m.Proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoDCCP, packet.ProtoUDPLite:
		return e, false // cut before the ports
	case packet.ProtoICMP, packet.ProtoICMP6:
		return icmpEndpoints(p, m)
	}
	return e, true
}

func icmpEndpoints(p []byte, m *buffer.Meta) (e endpoints, ok bool) {
	id, ok := packet.ICMPID(p, m)
	if !ok {
		return e, false
	}
	q := icmpQueries4[m.ICMPType]
	if m.IsIP6 {
		q = icmpQueries6[m.ICMPType]
	}
	return endpoints{sport: id, dport: id, query: q &^ isAnswer, answer: q&isAnswer != 0}, q != 0
}

// kind tells queries of the two sides with the same identifier apart: it names the side that asks. A question and its
// answer have the same kind.
func (e *endpoints) kind(reversed bool) uint8 {
	if e.query == 0 {
		return 0
	}
	k := e.query << 1
	if reversed != e.answer {
		k |= 1
	}
	return k
}

// key4 is the key of an IPv4 packet's session, and whether the packet's source is its endpoint 1.
func key4(p []byte, m *buffer.Meta, e *endpoints) (k flow.Key4, reversed bool) {
	src, dst := packet.Addrs4(p, m)
	k, reversed = flow.MakeKey4(src, dst, e.sport, e.dport, 0, m.Proto, 0)
	k.Kind = e.kind(reversed)
	return k, reversed
}

// key6 is key4 for IPv6.
func key6(p []byte, m *buffer.Meta, e *endpoints) (k flow.Key6, reversed bool) {
	src, dst := packet.Addrs6(p, m)
	k, reversed = flow.MakeKey6(src, dst, e.sport, e.dport, 0, m.Proto, 0)
	k.Kind = e.kind(reversed)
	return k, reversed
}

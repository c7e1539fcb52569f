package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// seen is a packet's metadata as tracking sees them: rules see AH as the protocol, tracking what is behind it. It is good until
// the next call.
func (d *desk) seen(p []byte, m *buffer.Meta) *buffer.Meta {
	if m.Proto != packet.ProtoAH {
		return m
	}
	return d.behindAH(p, m)
}

func (d *desk) behindAH(p []byte, m *buffer.Meta) *buffer.Meta {
	in, ok := packet.BehindAH(p, m)
	if !ok {
		return m
	}
	d.inner = in
	return &d.inner
}

// endpoints is what of a packet, besides addresses and zone, goes into its session's key.
type endpoints struct {
	proto        uint8
	sport, dport uint16
	query        uint8 // the type of an ICMP query, less its top bit, plus 1; 0 for everything else
	answer       bool  // the packet is the answer to such a query
}

// nature is what a packet can be to the tracker.
type nature uint8

const (
	hasSession nature = iota // or may begin one
	isError                  // an ICMP error: about another packet
	untracked
	senseless // invalid: ICMP, neither query nor answer
)

// endpointsOf gives the endpoints of a packet that has no flaw; m is as seen returns it.
func endpointsOf(p []byte, m *buffer.Meta) (e endpoints, n nature) {
	e.proto, e.sport, e.dport = m.Proto, m.SrcPort, m.DstPort
	if named(m) {
		return e, hasSession
	}
	e.sport, e.dport = 0, 0
	switch {
	case m.HasICMP:
		return icmpEndpoints(p, m)
	case m.Proto == packet.ProtoGRE:
		call, _ := packet.GRECall(p, m)
		e.setCall(call)
	}
	return e, hasSession
}

// named reports whether a packet's session is named by ports: DCCP's is not, for nothing follows its connections.
func named(m *buffer.Meta) bool { return m.HasPorts && m.Proto != packet.ProtoDCCP }

// icmpEndpoints gives those of an ICMP message.
func icmpEndpoints(p []byte, m *buffer.Meta) (e endpoints, n nature) {
	e.proto = m.Proto
	switch packet.ICMPClassOf(m) {
	case packet.ICMPQuery, packet.ICMPAnswer:
		id, ok := packet.ICMPID(p, m)
		if !ok {
			return e, senseless
		}
		e.setQuery(m.ICMPType, m.ICMPCode, id, m.IsIP6)
		return e, hasSession
	case packet.ICMPError:
		return e, isError
	case packet.ICMPUntracked:
		return e, untracked
	}
	return e, senseless
}

// setQuery makes e the endpoints of an ICMP query or its answer: the asking side's port is the identifier, the other side's
// the code.
func (e *endpoints) setQuery(typ, code uint8, id uint16, ip6 bool) {
	inverse, _ := packet.ICMPInverse(typ, ip6)
	if e.answer = packet.ICMPClassOfType(typ, ip6) == packet.ICMPAnswer; e.answer {
		e.query, e.sport, e.dport = inverse&0x7f+1, uint16(code), id
	} else {
		e.query, e.sport, e.dport = typ&0x7f+1, id, uint16(code)
	}
}

// setCall makes e the endpoints of a GRE call. Its number is the receiver's; the other direction has a number of its own, and
// so, as long as nobody follows PPTP, a session of its own.
func (e *endpoints) setCall(call uint16) { e.sport, e.dport = 0, call }

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
func key4(src, dst uint32, zone uint16, e *endpoints) (k flow.Key4, reversed bool) {
	k, reversed = flow.MakeKey4(src, dst, e.sport, e.dport, zone, e.proto, 0)
	k.Kind = e.kind(reversed)
	return k, reversed
}

// key6 is key4 for IPv6.
func key6(src, dst *[16]byte, zone uint16, e *endpoints) (k flow.Key6, reversed bool) {
	k, reversed = flow.MakeKey6(src, dst, e.sport, e.dport, zone, e.proto, 0)
	k.Kind = e.kind(reversed)
	return k, reversed
}

// keyOf4 is the key of an IPv4 packet's session; FlagReversed says whether the packet's source is its endpoint 1.
func (d *desk) keyOf4(p []byte, m *buffer.Meta, e *endpoints) flow.Key4 {
	src, dst := packet.Addrs4(p, m)
	k, reversed := key4(src, dst, d.set.zones.of(p, m), e)
	if reversed {
		m.Flags |= buffer.FlagReversed
	}
	return k
}

// keyOf6 is keyOf4 for IPv6.
func (d *desk) keyOf6(p []byte, m *buffer.Meta, e *endpoints) flow.Key6 {
	src, dst := packet.Addrs6(p, m)
	k, reversed := key6(src, dst, d.set.zones.of(p, m), e)
	if reversed {
		m.Flags |= buffer.FlagReversed
	}
	return k
}

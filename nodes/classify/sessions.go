package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Sessions is what keep-state needs of the session tracker. Admit and Find are for misses, once per session.
type Sessions interface {
	// Tables are where sessions are kept; their State.Verdict is classify's.
	Tables() (*flow.Table[flow.Key4], *flow.Table[flow.Key6])
	// Admit gives the packet a session, a new one if need be, and writes it into the metadata. It leaves a packet
	// that cannot begin a session without one. It is false where there is no room.
	Admit(w *graph.Worker, m *buffer.Meta, p []byte, swIf uint32, out bool) (ok bool)
	// Find looks again for the session of a packet that had none.
	Find(m *buffer.Meta, p []byte) bool
}

// bySession is the keep-state rule that lets the packet through at a point on account of its session s, if one does.
func (n *node) bySession(rs *ruleset, at uint32, s *flow.State, m *buffer.Meta) (pos uint32, ok bool) {
	pos, known := rs.keeper(s)
	if !known {
		if s.LoadVerdict() == 0 {
			return 0, false
		}
		if pos = n.reexamine(rs, m); pos == noRule {
			s.StoreVerdict(0)
			return 0, false
		}
		s.StoreVerdict(packVerdict(rs.gen, pos))
	}
	return pos, m.Flags&buffer.FlagReply != 0 || rs.rules[pos].point == at
}

// reexamine asks the ruleset about the packet that began the session: the position of the keep-state rule that would let
// it through today, or noRule.
func (n *node) reexamine(rs *ruleset, m *buffer.Meta) uint32 {
	o := n.origin(m)
	at := pointOf(o.If, Direction(o.Flags&flow.OriginOut))
	if int(at) >= len(rs.points) || !rs.points[at].active {
		return noRule
	}
	var f fields
	if m.IsIP4 {
		k := n.table4.Key(m.Flow)
		f.src, f.dst = addr{0, uint64(k.Addr[0])}, addr{0, uint64(k.Addr[1])}
		f.origin(k.Port, k.Proto, o)
	} else {
		k := n.table6.Key(m.Flow)
		f.src, f.dst, f.ip6 = addr6(&k.Addr[0]), addr6(&k.Addr[1]), true
		f.origin(k.Port, k.Proto, o)
	}
	pos := rs.find(&rs.points[at], &f)
	if pos == noRule || !rs.rules[pos].keep {
		return noRule
	}
	return pos
}

// origin completes the fields of the packet that began a session; src and dst hold the key's endpoints 0 and 1.
func (f *fields) origin(ports [2]uint16, proto uint8, o *flow.Origin) {
	f.sport, f.dport, f.proto, f.has = ports[0], ports[1], proto, needProto
	if o.Flags&flow.OriginReversed != 0 {
		f.src, f.dst, f.sport, f.dport = f.dst, f.src, f.dport, f.sport
	}
	f.tcpFlags, f.icmpType, f.icmpCode = o.TCPFlags, o.ICMPType, o.ICMPCode
	switch {
	case proto == packet.ProtoTCP:
		f.has |= needPorts | needFlags
	case proto == packet.ProtoICMP && !f.ip6, proto == packet.ProtoICMP6 && f.ip6:
		f.has |= needICMP
	case o.Flags&flow.OriginPorts != 0:
		f.has |= needPorts
	}
}

// keep gives a packet that the keep-state rule at pos lets through a session that says so.
func (n *node) keep(w *graph.Worker, rs *ruleset, pos uint32, m *buffer.Meta, p []byte) bool {
	if m.Flags&buffer.FlagHasFlow == 0 {
		swIf := rs.rules[pos].point / 2
		if !n.sessions.Admit(w, m, p, swIf, n.out == Out) {
			return false
		}
		n.admitted = true
	}
	if m.Flags&buffer.FlagHasFlow != 0 {
		n.state(m).StoreVerdict(packVerdict(rs.gen, pos))
	}
	return true
}

package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Sessions is what keep-state needs of the session tracker. Of the packets of a vector that may begin the same session the tracker
// lets pkt-classify see the first only; the others come behind it, once what has become of it is known.
type Sessions interface {
	// Tables are where sessions are kept; their State.Verdict is classify's.
	Tables() (*flow.Table[flow.Key4], *flow.Table[flow.Key6])
	// Admit is for misses, once per session. It gives the packet a session, a new one if need be, and writes it into the
	// metadata; made says that it is new, and then its State.Verdict is verdict. It leaves a packet that cannot begin a
	// session without one. It is not ok where there is no room, or a limit forbids it.
	Admit(w *graph.Worker, m *buffer.Meta, p []byte, verdict uint64) (made, ok bool)
	// Master is the session that has announced the one which a packet is about to begin, and whether the packet goes the way of
	// that one's answers.
	Master(w *graph.Worker, m *buffer.Meta, p []byte) (master uint32, reply, ok bool)
	// MasterOf is, of a packet's session, whether it was announced by another one, and that one, if it is known and lives.
	MasterOf(m *buffer.Meta) (master uint32, expected, lives bool)
}

// bySession is the keep-state rule that lets the packet through at a point on account of its session, if one does; back
// says that the packet answers those that the rule matches.
func (n *node) bySession(rs *ruleset, at uint32, m *buffer.Meta) (pos uint32, back, ok bool) {
	s := n.state(m)
	k := keeper(s.LoadVerdict())
	if k == 0 || k.cached() {
		return 0, false, false
	}
	if k.gen() != rs.gen {
		now := k.examined(rs.gen, n.examine(rs, k.point(), k, m))
		s.SwapVerdict(uint64(k), uint64(now)) // else: another worker has been faster
		k = now
	}
	back = k.reply() != (m.Flags&buffer.FlagReply != 0)
	if pos = k.pos(); pos != noRule && (back || k.point() == at) {
		return pos, back, true
	}
	if other, known := n.otherPoint(k, at, back, m); known && k.both() {
		pos = n.examine(rs, other, k, m)
		return pos, back, pos != noRule
	}
	return 0, false, false
}

// otherPoint is, for a session that was kept on its way in and on its way out, the one of the two points that k does not
// name, as far as the packet at hand tells.
func (n *node) otherPoint(k keeper, at uint32, back bool, m *buffer.Meta) (point uint32, known bool) {
	in := directionOf(k.point()) == In
	switch {
	case !back:
		return at, directionOf(at) != directionOf(k.point())
	case in:
		return pointOf(m.RxIf, Out), true
	case !k.reply():
		return pointOf(n.origin(m).If, In), true
	}
	return 0, false
}

// examine asks the ruleset about the packet that began the session, at a point: the position of the keep-state rule that
// would let it through there today, or noRule.
func (n *node) examine(rs *ruleset, at uint32, k keeper, m *buffer.Meta) uint32 {
	if int(at) >= len(rs.points) || !rs.points[at].active {
		return noRule
	}
	master, expected, lives := n.sessions.MasterOf(m)
	o := n.origin(m)
	f := fields{class: beganAs(k.reply(), expected)}
	if m.IsIP4 {
		key := n.table4.Key(m.Flow)
		f.src, f.dst = addr{0, uint64(key.Addr[0])}, addr{0, uint64(key.Addr[1])}
		f.origin(key.Port, key.Proto, &o, k.reply())
	} else {
		key := n.table6.Key(m.Flow)
		f.src, f.dst, f.ip6 = addr6(&key.Addr[0]), addr6(&key.Addr[1]), true
		f.origin(key.Port, key.Proto, &o, k.reply())
	}
	pos := rs.find(&rs.points[at], &f)
	if pos == noRule && lives {
		return n.examineMaster(rs, at, master, m)
	}
	if pos == noRule || !rs.rules[pos].keep {
		return noRule
	}
	return pos
}

// origin completes the fields of the packet that began a session; src and dst hold the key's endpoints 0 and 1. With
// reply they become those of the answer, whose flags and type are not known.
func (f *fields) origin(ports [2]uint16, proto uint8, o *flow.Origin, reply bool) {
	f.sport, f.dport, f.proto, f.has = ports[0], ports[1], proto, needProto
	if (o.Flags&flow.OriginReversed != 0) != reply {
		f.src, f.dst, f.sport, f.dport = f.dst, f.src, f.dport, f.sport
	}
	if o.Flags&flow.OriginPorts != 0 {
		f.has |= needPorts
	}
	if reply {
		return
	}
	f.tcpFlags, f.icmpType, f.icmpCode = o.TCPFlags, o.ICMPType, o.ICMPCode
	switch {
	case proto == packet.ProtoTCP:
		f.has |= needFlags
	case proto == packet.ProtoICMP && !f.ip6, proto == packet.ProtoICMP6 && f.ip6:
		f.has |= needICMP
	}
}

// beganAs is the class of the packet that began a session; with reply that of the first answer.
func beganAs(reply, expected bool) buffer.Track {
	switch {
	case reply:
		return buffer.TrackEstablished
	case expected:
		return buffer.TrackRelated
	}
	return buffer.TrackNew
}

// keep gives a packet that the keep-state rule at pos lets through a session that says so.
func (n *node) keep(w *graph.Worker, rs *ruleset, pos uint32, m *buffer.Meta, p []byte) bool {
	at := rs.rules[pos].point
	if m.Flags&buffer.FlagHasFlow == 0 {
		made, ok := n.sessions.Admit(w, m, p, uint64(newKeeper(rs.gen, at, pos, false)))
		if made || !ok {
			return ok
		}
	}
	if m.Flags&buffer.FlagHasFlow == 0 || isError(m) {
		return true // it can have none, or has another's: what lets an error pass does not let pass what it is about
	}
	s, reply := n.state(m), m.Flags&buffer.FlagReply != 0
	k := keeper(s.LoadVerdict())
	if k.cached() {
		k = 0
	}
	now := newKeeper(rs.gen, at, pos, reply)
	if k.gen() == rs.gen && k.pos() != noRule && k.reply() == reply && directionOf(k.point()) != directionOf(at) {
		if rs.rules[pos].action != Redirect {
			now = k // of two points that of a redirect is named, for only its rule knows the way back
		}
		now = now.andOther()
	}
	s.StoreVerdict(uint64(now))
	n.kept = true
	return true
}

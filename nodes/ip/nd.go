package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

const (
	ndLen        = 32 // bytes of a solicitation or an advertisement with its one option
	ndFixed      = 24 // without
	optSourceMAC = 1
	optTargetMAC = 2
	solicited    = 0x40
	override     = 0x20
)

// Counters of both nodes of neighbour discovery.
const (
	errNDBad graph.Counter = iota
	errNDForeign
	errNDTarget
	errNDHeard
	errNDBusy
)

var ndCounters = graph.Counters{
	errNDBad:     "neighbour discovery from beyond the link, or malformed",
	errNDForeign: "neighbour discovery of an address that is of none of the interface's networks, or ours",
	errNDTarget:  "neighbour solicitation for somebody else",
	errNDHeard:   "neighbour advertisements, taken note of",
	errNDBusy:    "neighbour discovery: too many at once",
}

func (p *Plugin) discoveryNodes(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "icmp6-neighbor-solicitation",
		Nexts:    graph.Nexts{graph.ArcStart(outputArc), graph.ErrorDrop},
		Counters: ndCounters,
		New:      func(w *graph.Worker) graph.Processor { return &solicitation{p.desks[w.ID()]} },
		Trace:    trace,
	})
	r.Node(graph.Spec{
		Name:     "icmp6-neighbor-advertisement",
		Nexts:    graph.Nexts{graph.ErrorDrop, graph.ArcStart(PuntArc6)},
		Counters: ndCounters,
		New:      func(w *graph.Worker) graph.Processor { return &advertisement{p.desks[w.ID()]} },
		Trace:    trace,
	})
}

// ndMessage is what both messages have in common.
type ndMessage struct {
	target netip.Addr
	mac    [6]byte // the frame's, without an option that has one
	hasMAC bool
}

// readND reads a message from t. kind is the option that has the MAC address. It is false where the message is not as RFC 4861 has it,
// and on links where nobody has one.
func readND(p, t []byte, m *buffer.Meta, kind uint8) (n ndMessage, ok bool) {
	if !m.IsIP6 || !m.HasICMP || m.L3 < etherLen || len(t) < ndFixed || p[int(m.L3)+7] != 255 || m.ICMPCode != 0 || int(m.L4) != int(m.L3)+ip6Len {
		return n, false
	}
	n.target, n.mac = netip.AddrFrom16([16]byte(t[8:])), [6]byte(p[6:])
	if n.target.IsMulticast() || n.target.IsUnspecified() || n.target.Is4In6() {
		return n, false
	}
	for opts := t[ndFixed:]; len(opts) > 0; {
		if len(opts) < 8 || opts[1] == 0 || int(opts[1])*8 > len(opts) {
			return n, false
		}
		if opts[0] == kind && opts[1] == 1 {
			n.mac, n.hasMAC = [6]byte(opts[2:]), true
		}
		opts = opts[int(opts[1])*8:]
	}
	return n, n.mac[0]&1 == 0 && n.mac != [6]byte{}
}

// solicitation answers who asks for our addresses.
type solicitation struct{ *desk }

func (n *solicitation) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		if c := n.answer(v, b, m); c != answered {
			nexts[i] = 1
			blame(m, c)
			w.Count(c, 1)
		}
	}
}

const answered = graph.Counter(255)

// answer makes of a solicitation the advertisement, or says why not.
func (n *solicitation) answer(v buffer.View, b buffer.Index, m *buffer.Meta) graph.Counter {
	p := v.Bytes(b, m)
	if !m.HasICMP || !m.IsIP6 {
		return errNDBad
	}
	from, _ := packet.Addrs6(p, m)
	src := netip.AddrFrom16(*from)
	info := n.info(m.RxIf)
	q, ok := readND(p, p[m.L4:m.End], m, optSourceMAC)
	if !ok || src.IsUnspecified() && q.hasMAC || !info.on[1] {
		return errNDBad
	}
	if !info.has6(q.target) {
		return errNDTarget
	}
	to, mac, flags := netip.IPv6LinkLocalAllNodes(), [6]byte{0x33, 0x33, 5: 1}, uint8(override)
	if !src.IsUnspecified() {
		if !info.onLink6(src) || info.has6(src) {
			return errNDForeign
		}
		if q.hasMAC && !n.heard(n.fib.Snapshot(), keyOf(m.RxIf, src), q.mac, true) {
			return errNDBusy
		}
		to, mac, flags = src, q.mac, solicited|override
	}
	l3 := int(m.L3)
	m.Len = uint16(l3 + ip6Len + ndLen)
	p = v.Bytes(b, m)
	copy(p, mac[:])
	copy(p[6:12], info.mac[:])
	target := q.target.As16()
	putND(p[l3:], icmp6Advertise, flags, target, to.As16(), target, optTargetMAC, info.mac)
	m.End, m.TxIf, m.ICMPType = m.Len, m.RxIf, icmp6Advertise
	return answered
}

// putND writes a message behind the header of Ethernet.
func putND(h []byte, kind, flags uint8, src, dst, target [16]byte, option uint8, mac [6]byte) {
	putIP6(h, ndLen, packet.ProtoICMP6, 255, &src, &dst)
	t := h[ip6Len : ip6Len+ndLen]
	clear(t[:8])
	t[0], t[4] = kind, flags
	copy(t[8:], target[:])
	t[ndFixed], t[ndFixed+1] = option, 1
	copy(t[ndFixed+2:], mac[:])
	binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, packet.PseudoSum6(&src, &dst, packet.ProtoICMP6, ndLen)))
}

// advertisement takes note of who tells his address.
type advertisement struct{ *desk }

func (n *advertisement) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		c := n.hear(v.Bytes(b, m), m)
		blame(m, c)
		w.Count(c, 1)
		if c == errNDHeard { // whoever shares the address with us may have asked
			nexts[i] = 1
		}
	}
}

func (n *advertisement) hear(p []byte, m *buffer.Meta) graph.Counter {
	if !m.HasICMP || !m.IsIP6 {
		return errNDBad
	}
	info := n.info(m.RxIf)
	t := p[m.L4:m.End]
	q, ok := readND(p, t, m, optTargetMAC)
	if !ok || !info.on[1] || t[4]&solicited != 0 && p[int(m.L3)+24] == 0xff {
		return errNDBad
	}
	s, k := n.fib.Snapshot(), keyOf(m.RxIf, q.target)
	switch {
	case !info.onLink6(q.target) || info.has6(q.target):
		return errNDForeign
	case t[4]&override == 0 && otherwise(s, k, q.mac): // it stays as it is (RFC 4861, 7.2.5)
		return errNDHeard
	case !n.heard(s, k, q.mac, false):
		return errNDBusy
	}
	return errNDHeard
}

// otherwise says whether a neighbour is known by another MAC address.
func otherwise(s *fib.Snapshot, k neighbor.Key, mac [6]byte) bool {
	n, ok := s.Neighbor(k.SwIf, k.Addr)
	return ok && [6]byte(s.Hop(n).Header[:6]) != mac
}

// requestND writes a solicitation into a frame, which has our MAC address.
func requestND(p []byte, l3 int, info *ifInfo, a *neighbor.Ask) bool {
	if !info.on[1] {
		return false
	}
	target := a.Addr.As16()
	dst, mac := target, a.MAC
	if !a.Unicast {
		dst = [16]byte{0xff, 0x02, 11: 1, 12: 0xff, 13: target[13], 14: target[14], 15: target[15]}
		mac = [6]byte{0x33, 0x33, 0xff, target[13], target[14], target[15]}
	}
	copy(p, mac[:])
	putND(p[l3:], icmp6Solicit, 0, info.source6(a.Addr).As16(), dst, target, optSourceMAC, info.mac)
	return true
}

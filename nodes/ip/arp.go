package ip

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

const (
	arpLen     = 28 // bytes of a message for Ethernet and IPv4
	arpRequest = 1
	arpReply   = 2
)

// Where arp-input sends packets.
const (
	arpOther graph.Next = iota
	arpDrop
	arpAnswer
)

// Counters of arp-input.
const (
	errARPShort graph.Counter = iota
	errARPKind
	errARPSender
	errARPForeign
	errARPOwn
	errARPTarget
	errARPHeard
	errARPBusy
)

func (p *Plugin) neighborNodes(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:  "arp-input",
		Ends:  []string{"l2-input"},
		Nexts: graph.Nexts{arpOther: "l2-drop", arpDrop: graph.ErrorDrop, arpAnswer: "arp-reply"},
		Counters: graph.Counters{
			errARPShort:   "ARP message cut short",
			errARPKind:    "ARP not of Ethernet and IPv4, or no request or reply",
			errARPSender:  "ARP sender is no host, or not the one that sent the frame",
			errARPForeign: "ARP sender is of none of the interface's networks",
			errARPOwn:     "ARP sender has our address",
			errARPTarget:  "ARP for somebody else",
			errARPHeard:   "ARP replies, taken note of",
			errARPBusy:    "ARP: too many at once",
		},
		New:   func(w *graph.Worker) graph.Processor { return &arpInput{p.desks[w.ID()]} },
		Trace: traceARP,
	})
	r.Node(graph.Spec{
		Name:     "arp-reply",
		Nexts:    graph.Nexts{graph.ArcStart(outputArc), graph.ErrorDrop},
		Counters: graph.Counters{"ARP replies sent", "no ARP request"},
		New:      func(*graph.Worker) graph.Processor { return arpReplier{p} },
		Trace:    traceARP,
	})
	r.Node(graph.Spec{
		Name:     "ip-neighbor-send",
		Nexts:    graph.Nexts{sendFrame: graph.ArcStart(outputArc), sendIP4: "ip4-lookup", sendIP6: "ip6-lookup", sendDrop: graph.ErrorDrop},
		Counters: graph.Counters{"request not sent: the interface has no address"},
		New:      func(w *graph.Worker) graph.Processor { return &send{desk: p.desks[w.ID()]} },
	})
	p.waitNodes(r)
	p.discoveryNodes(r)
}

// arpInput is arp-input, where frames that are not IP come to if nothing else is set for their interface.
type arpInput struct{ *desk }

func (n *arpInput) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	s := n.fib.Snapshot()
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		if m.EtherType != packet.EtherTypeARP || !n.info(m.RxIf).on[0] {
			continue
		}
		c, answer := n.message(s, v.Bytes(b, m), m)
		if answer {
			nexts[i] = arpAnswer
			continue
		}
		nexts[i] = arpDrop
		blame(m, c)
		w.Count(c, 1)
	}
}

// message reads one: it is to be answered, or dropped for a reason.
func (n *arpInput) message(s *fib.Snapshot, p []byte, m *buffer.Meta) (c graph.Counter, answer bool) {
	info := n.info(m.RxIf)
	if len(p) < int(m.L3)+arpLen {
		return errARPShort, false
	}
	a := p[m.L3:]
	op := binary.BigEndian.Uint16(a[6:])
	if binary.BigEndian.Uint64(a)>>16 != 0x000108000604 || op != arpRequest && op != arpReply {
		return errARPKind, false
	}
	mac, from, to := [6]byte(a[8:]), be32(a[14:]), be32(a[24:])
	if mac[0]&1 != 0 || mac == ([6]byte{}) || mac != [6]byte(p[6:]) && [5]byte(mac[:]) != vrrp {
		return errARPSender, false
	}
	if from == 0 && op == arpRequest { // somebody asks whether an address is free
		if n.ours(s, info, m.RxIf, to) {
			return 0, true
		}
		return errARPTarget, false
	}
	if !info.onLink4(from) || from>>28 >= 14 {
		return errARPForeign, false
	}
	if info.has4(from) {
		return errARPOwn, op == arpRequest && from != to && n.proxied(info, to) // a host behind a tap may have our address
	}
	asked := op == arpRequest && (n.ours(s, info, m.RxIf, to) || from != to && n.proxied(info, to))
	if !n.heard(s, keyOf(m.RxIf, addrOf4(from)), mac, asked) && !asked {
		return errARPBusy, false
	}
	switch {
	case asked:
		return 0, true
	case op == arpReply || from == to:
		return errARPHeard, false
	}
	return errARPTarget, false
}

// vrrp is how the MAC addresses of virtual routers begin, which answer by frames of another one (RFC 5798).
var vrrp = [5]byte{0, 0, 0x5e, 0, 1}

// ours says whether requests for an address are answered: it is the interface's, or one of its networks that the operator has a
// route to this host for.
func (n *arpInput) ours(s *fib.Snapshot, info *ifInfo, swIf, ip uint32) bool {
	if info.has4(ip) {
		return true
	}
	t := s.Table4(swIf)
	return t >= 0 && info.onLink4(ip) && s.Hop(s.Forward(s.Lookup4(uint32(t), ip)).Hops[0]).Kind == fib.KindLocal
}

// heard leaves word of a neighbour, unless it is known to be as it says, and nobody waits to hear of it. It is false where there is no
// room.
func (d *desk) heard(s *fib.Snapshot, k neighbor.Key, mac [6]byte, create bool) bool {
	if n, ok := s.Neighbor(k.SwIf, k.Addr); ok {
		if h := s.Hop(n); h.Stale == nil && [6]byte(h.Header[:6]) == mac {
			return true
		}
	}
	return d.note(event{kind: eventHeard, key: k, mac: mac, create: create})
}

// arpReplier makes of requests their replies.
type arpReplier struct{ *Plugin }

func (n arpReplier) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	bad := 0
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.EtherType != packet.EtherTypeARP || len(p) < int(m.L3)+arpLen {
			nexts[i] = 1
			blame(m, 1)
			bad++
			continue
		}
		info := n.info(m.RxIf)
		if p = retag(v, b, m, info.tags); p == nil {
			nexts[i] = 1
			blame(m, 1)
			bad++
			continue
		}
		a, mac := p[m.L3:], info.mac
		copy(p, a[8:14])
		copy(p[6:12], mac[:])
		a[7] = arpReply
		var own [4]byte
		copy(own[:], a[24:28])
		copy(a[18:28], a[8:18])
		copy(a[8:14], mac[:])
		copy(a[14:18], own[:])
		m.TxIf = m.RxIf
	}
	w.Count(0, len(bufs)-bad)
	w.Count(1, bad)
}

// retag gives an answer in place of a message of ARP the tags of the interface's own frames: one with a priority and no VLAN comes
// with another one. It is nil where there is no room.
func retag(v buffer.View, b buffer.Index, m *buffer.Meta, tags []byte) []byte {
	size := uint16(etherLen + len(tags))
	if m.L3 != size {
		if int(m.Off)+int(m.L3) < int(size) {
			return nil
		}
		shift := m.L3 - size // modulo 2^16
		m.Off += shift
		m.Len -= shift
		m.L3, m.VLANs = size, uint8(len(tags)/4)
	}
	p := v.Bytes(b, m)
	copy(p[12:], tags)
	binary.BigEndian.PutUint16(p[size-2:], packet.EtherTypeARP)
	return p
}

// requestARP writes a request behind the header of Ethernet, which has our address.
func (n *send) requestARP(a []byte, info *ifInfo, to netip.Addr) bool {
	ip := to.As4()
	src := info.source4(be32(ip[:]))
	if src == 0 {
		return false
	}
	binary.BigEndian.PutUint64(a, 0x0001080006040001)
	copy(a[8:], info.mac[:])
	binary.BigEndian.PutUint32(a[14:], src)
	copy(a[24:], ip[:])
	return true
}

func traceARP(m *buffer.Meta, p []byte) string {
	if m.EtherType != packet.EtherTypeARP || len(p) < int(m.L3)+arpLen {
		return ""
	}
	a := p[m.L3:]
	op := "request"
	if a[7] == arpReply {
		op = "reply"
	}
	at := func(i int) string {
		return fmt.Sprintf("%s/%v", net.HardwareAddr(a[i:i+6]), addrOf4(be32(a[i+6:])))
	}
	return fmt.Sprintf("%s, type ethernet/IP4, address size 6/4\n%s -> %s", op, at(8), at(18))
}

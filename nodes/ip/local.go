package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Where ip4-local and ip6-local send packets.
const (
	localEcho graph.Next = iota
	localPunt
	localDrop
	localSolicit   // IPv6
	localAdvertise // IPv6
)

// Counters of ip4-local and ip6-local.
const (
	errLocalSum graph.Counter = iota
	errLocalSource
	errLocalAnswer
)

func addrOf6(a [16]byte) netip.Addr { return netip.AddrFrom16(a) }

func (p *Plugin) localNodes(r *plugin.Registry) {
	for v6, name := range []string{"ip4", "ip6"} {
		nexts := graph.Nexts{localEcho: name + "-icmp-echo-request", localPunt: graph.ArcStart(name + "-punt"), localDrop: graph.ErrorDrop}
		if v6 == 1 {
			nexts = append(nexts, "icmp6-neighbor-solicitation", "icmp6-neighbor-advertisement")
		}
		r.Node(graph.Spec{
			Name:  name + "-local",
			Nexts: nexts,
			Counters: graph.Counters{
				errLocalSum:    "ICMP checksum wrong",
				errLocalSource: "not from a host",
				errLocalAnswer: "answers to our pings",
			},
			New:   func(w *graph.Worker) graph.Processor { return &local{Plugin: p, v6: v6 == 1} },
			Trace: trace,
		})
		r.Node(graph.Spec{
			Name:     name + "-icmp-echo-request",
			Nexts:    graph.Nexts{name + "-lookup", graph.ErrorDrop},
			Counters: graph.Counters{"echo replies sent", "no echo request"},
			New:      func(*graph.Worker) graph.Processor { return &echo{Plugin: p, v6: v6 == 1} },
			Trace:    trace,
		})
	}
}

// local is ip4-local and ip6-local: packets to addresses of this host.
type local struct {
	*Plugin
	v6 bool
}

func (n *local) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		m.TxIf = 0
		c := graph.Counter(255)
		p := v.Bytes(b, m)
		switch {
		case n.v6 && !m.IsIP6, !n.v6 && !m.IsIP4: // the packet generator's
			c = errLocalSource
		case m.Fragment && !m.Whole, !m.HasICMP:
			nexts[i] = localPunt
			continue
		default:
			nexts[i], c = n.icmp(w, p, m)
		}
		if c != 255 {
			nexts[i] = localDrop
			blame(m, c)
			w.Count(c, 1)
		}
	}
}

// icmp says where a message goes; c other than 255 is why it goes nowhere.
func (n *local) icmp(w *graph.Worker, p []byte, m *buffer.Meta) (next graph.Next, c graph.Counter) {
	t := p[m.L4:m.End]
	if len(t) < 8 || !n.sumRight(p, t, m) {
		return 0, errLocalSum
	}
	if !n.sourceRight(p, m) {
		return 0, errLocalSource
	}
	kind := m.ICMPType
	if n.v6 {
		switch kind {
		case icmp6Echo:
			return localEcho, 255
		case icmp6Solicit:
			return localSolicit, 255
		case icmp6Advertise:
			return localAdvertise, 255
		case 130, 131, 132, 133, 134, 137, 143:
			return localPunt, 255
		}
	} else if kind == icmpEcho {
		return localEcho, 255
	}
	if kind == icmp6EchoReply && n.v6 || kind == icmpEchoReply && !n.v6 {
		if n.answered(w.Now(), p, m) {
			return 0, errLocalAnswer
		}
	}
	return localPunt, 255
}

func (n *local) sumRight(p, t []byte, m *buffer.Meta) bool {
	if !n.v6 {
		return packet.Checksum(t, 0) == 0
	}
	src, dst := packet.Addrs6(p, m)
	return packet.Checksum(t, packet.PseudoSum6(src, dst, packet.ProtoICMP6, uint16(len(t)))) == 0
}

// sourceRight says whether a message comes from a host. Neighbour discovery may come from one that has no address yet.
func (n *local) sourceRight(p []byte, m *buffer.Meta) bool {
	if !n.v6 {
		src, _ := packet.Addrs4(p, m)
		return src>>28 < 14 && src>>24 != 0 && src>>24 != 127
	}
	src, _ := packet.Addrs6(p, m)
	if *src == ([16]byte{}) {
		return m.ICMPType == icmp6Solicit
	}
	return src[0] != 0xff
}

// echo makes of echo requests their replies.
type echo struct {
	*Plugin
	v6 bool
}

func (n *echo) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	bad := 0
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if !m.HasICMP || m.End < m.L4+8 || m.IsIP6 != n.v6 {
			nexts[i] = 1
			blame(m, 1)
			bad++
			continue
		}
		h, t := p[m.L3:], p[m.L4:m.End]
		if n.v6 {
			n.reply6(h, t, m)
		} else {
			n.reply4(h, t, m)
		}
	}
	w.Count(0, len(bufs)-bad)
	w.Count(1, bad)
}

func (n *echo) reply4(h, t []byte, m *buffer.Meta) {
	t[0], m.ICMPType = icmpEchoReply, icmpEchoReply
	clear(t[2:4])
	binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, 0))
	var dst [4]byte
	copy(dst[:], h[12:16])
	copy(h[12:16], h[16:20])
	copy(h[16:20], dst[:])
	h[8] = ttlSent
	clear(h[10:12])
	binary.BigEndian.PutUint16(h[10:], packet.Checksum(h[:m.L4-m.L3], 0))
}

// reply6 answers what was sent to a group by the interface's own address.
func (n *echo) reply6(h, t []byte, m *buffer.Meta) {
	src, dst := [16]byte(h[24:40]), [16]byte(h[8:24])
	if src[0] == 0xff {
		src = n.info(m.RxIf).source6(addrOf6(dst)).As16()
	}
	copy(h[8:], src[:])
	copy(h[24:], dst[:])
	h[7] = ttlSent
	t[0], m.ICMPType = icmp6EchoReply, icmp6EchoReply
	clear(t[2:4])
	binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, packet.PseudoSum6(&src, &dst, packet.ProtoICMP6, uint16(len(t)))))
}

package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// outgoing is a packet that control wants to be sent: an IP datagram, or a whole frame.
type outgoing struct {
	swIf  uint32 // whose table it is looked up in, or which it leaves by
	bytes []byte
	frame bool
}

// Where ip-neighbor-send sends packets.
const (
	sendFrame graph.Next = iota
	sendIP4
	sendIP6
	sendDrop
)

// send is ip-neighbor-send: it puts requests for neighbours into the graph, and what else control wants to be sent.
type send struct {
	*desk
	nexts [deskAsks]graph.Next // of what Poll has given
	n     int
}

// Poll implements graph.Poller.
func (n *send) Poll(w *graph.Worker, room []buffer.Index) (got int) {
	if n.settle(w) {
		w.Soon()
	}
	if n.nAsks == 0 && len(n.frames) == 0 {
		return 0
	}
	v := w.Packets()
	n.n = 0
	for n.nAsks > 0 && got < len(room) && got < deskAsks && w.Alloc(room[got:got+1]) == 1 {
		n.nAsks--
		if n.request(v, room[got], &n.asks[n.nAsks]) {
			n.nexts[got] = sendFrame
		} else {
			n.nexts[got] = sendDrop
		}
		got++
	}
	for len(n.frames) > 0 && got < len(room) && got < deskAsks && w.Alloc(room[got:got+1]) == 1 {
		n.nexts[got] = n.put(v, room[got], &n.frames[0])
		n.frames = n.frames[1:]
		got++
	}
	n.n = got
	return got
}

// Process implements graph.Processor.
func (n *send) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	copy(nexts, n.nexts[:min(n.n, len(bufs))])
	gone := 0
	for i, next := range nexts {
		if next == sendDrop {
			blame(w.Meta(bufs[i]), 0)
			gone++
		}
	}
	w.Count(0, gone)
}

const etherLen = 14

// request writes a request for a neighbour.
func (n *send) request(v buffer.View, b buffer.Index, a *neighbor.Ask) bool {
	info := n.info(a.SwIf)
	m := v.Meta(b)
	l3 := etherLen + len(info.tags)
	*m = buffer.Meta{Off: buffer.Headroom, Len: uint16(l3 + arpLen), TxIf: a.SwIf, RxIf: a.SwIf, L3: uint16(l3), VLANs: uint8(len(info.tags) / 4), EtherType: packet.EtherTypeARP}
	if a.Addr.Is6() {
		m.Len, m.EtherType = uint16(l3+ip6Len+ndLen), packet.EtherTypeIP6
	}
	size := m.Len
	m.Len = max(m.Len, minFrame)
	p := v.Bytes(b, m)
	clear(p)
	copy(p[6:], info.mac[:])
	copy(p[12:], info.tags)
	binary.BigEndian.PutUint16(p[l3-2:], m.EtherType)
	if a.Addr.Is4() {
		copy(p, broadcast[:])
		if a.Unicast {
			copy(p, a.MAC[:])
		}
		return n.requestARP(p[l3:], info, a.Addr)
	}
	m.IsIP6, m.HasProto, m.HasICMP, m.Proto, m.ICMPType = true, true, true, packet.ProtoICMP6, icmp6Solicit
	m.L4, m.End = uint16(l3+ip6Len), size
	return requestND(p, l3, info, a)
}

var broadcast = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// minFrame is the shortest frame of Ethernet, without its check sequence.
const minFrame = 60

// put writes what control has prepared.
func (n *send) put(v buffer.View, b buffer.Index, o *outgoing) graph.Next {
	m := v.Meta(b)
	*m = buffer.Meta{Off: buffer.Headroom, RxIf: o.swIf, TxIf: o.swIf}
	if o.frame {
		m.Len = uint16(len(o.bytes))
		copy(v.Bytes(b, m), o.bytes)
		packet.Ethernet(v.Bytes(b, m), m)
		return sendFrame
	}
	m.Len, m.L3 = uint16(etherLen+len(o.bytes)), etherLen
	p := v.Bytes(b, m)
	clear(p[:etherLen])
	copy(p[etherLen:], o.bytes)
	if o.bytes[0]>>4 == 4 {
		m.EtherType = packet.EtherTypeIP4
		if packet.IPv4(p, m) == packet.FaultNone {
			return sendIP4
		}
	} else {
		m.EtherType = packet.EtherTypeIP6
		if packet.IPv6(p, m) == packet.FaultNone {
			return sendIP6
		}
	}
	return sendDrop
}

// queue has a packet sent by worker 0. mu is held.
func (p *Plugin) queue(o outgoing) {
	if len(p.toSend) < maxToSend {
		p.toSend = append(p.toSend, o)
		p.setDue()
	}
}

// maxToSend bounds what control wants to be sent at once.
const maxToSend = 256

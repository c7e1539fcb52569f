package reassembly

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Poll gives back what has come to its end: the pieces of whole datagrams, all of a datagram at once, then dropped pieces.
func (n *node) Poll(w *graph.Worker, room []buffer.Index) (k int) {
	if n.used == 0 && n.gathering == 0 {
		return 0
	}
	n.clean(w.Now())
	for n.whole.first != none && n.datagrams[n.whole.first].n <= len(room)-k {
		k += n.follow(w, n.takeWhole(), room[k:])
	}
	clear(n.reasons[:k])
	for n.dropped.first != none && k < len(room) {
		room[k], n.reasons[k&(graph.VectorSize-1)] = n.takeDropped()
		k++
	}
	n.back = k
	if k == 0 { // else Process does it
		n.tell()
	}
	return k
}

// clean drops the datagrams whose time is over, and the oldest ones while there are too many pieces.
func (n *node) clean(now int64) {
	for i := range n.age {
		for at := n.age[i].oldest; at != none && n.datagrams[at].deadline <= now; at = n.age[i].oldest {
			n.abandon(at, errTimeout)
		}
	}
	for n.gathering > 0 && n.used-n.waiting > n.limit {
		n.abandon(n.oldest(&n.timeouts), errRoom)
	}
}

// follow has a whole datagram looked at, writes what comes of it into the metadata of the pieces, and puts these into room.
func (n *node) follow(w *graph.Worker, d *datagram, room []buffer.Index) (k int) {
	v := w.Packets()
	layout := n.lay(v, d)
	if n.tracker != nil {
		n.tracker.Follow(w, &n.meta, layout)
	}
	for x := d.first; x != none; x = n.release(x) {
		b := n.pieces[x].buf
		share(v.Meta(b), &n.meta)
		room[k] = b
		k++
	}
	return k
}

// lay writes a whole datagram into the layout as the packet that it would have been, and reads its headers into n.meta.
func (n *node) lay(v buffer.View, d *datagram) []byte {
	first := &n.pieces[d.first]
	m := v.Meta(first.buf)
	p := v.Bytes(first.buf, m)
	f, _ := packet.PieceOf(p, m) // it was one when it came
	link := linkLen(m)
	head := link + f.HeaderLen(m)
	copy(n.layout[:link], p)
	f.Header(n.layout[link:], p, m, d.size)
	for x := d.first; x != none; x = n.pieces[x].next {
		q := &n.pieces[x]
		p := v.Bytes(q.buf, v.Meta(q.buf))
		copy(n.layout[head+int(q.off):head+int(q.end)], p[q.data:])
	}
	layout := n.layout[:head+d.size]
	n.meta = buffer.Meta{RxIf: m.RxIf, TxIf: m.TxIf, Len: uint16(len(layout)), L3: uint16(link), EtherType: m.EtherType,
		Arc: m.Arc, Flags: m.Flags, User: m.User}
	if link != 0 {
		n.meta.VLANs = m.VLANs
	}
	if d.family == v4 { // no fault: the pieces have been read already
		packet.IPv4(layout, &n.meta)
	} else {
		packet.IPv6(layout, &n.meta)
	}
	return layout
}

// linkLen is how much of the first piece comes before the IP header in the layout: of a frame with VLAN tags all, for these may
// name a zone, and nothing of others, so that the longest datagram that there is has room.
func linkLen(m *buffer.Meta) int {
	if m.VLANs == 0 {
		return 0
	}
	return int(m.L3)
}

// share tells a piece what is known of its datagram.
func share(m, d *buffer.Meta) {
	m.Whole = true
	m.Proto, m.SrcPort, m.DstPort = d.Proto, d.SrcPort, d.DstPort
	m.TCPFlags, m.ICMPType, m.ICMPCode = d.TCPFlags, d.ICMPType, d.ICMPCode
	m.HasProto, m.HasPorts, m.HasTCPFlags, m.HasICMP = d.HasProto, d.HasPorts, d.HasTCPFlags, d.HasICMP
	m.Track, m.Flow, m.State, m.Flags = d.Track, d.Flow, d.State, d.Flags
}

// Close frees what waits.
func (n *node) Close(w *graph.Worker) {
	for i := range n.age {
		for n.age[i].oldest != none {
			n.drop(n.age[i].oldest, errTimeout)
		}
	}
	for n.whole.first != none {
		for x := n.takeWhole().first; x != none; x = n.release(x) {
			n.one[0] = n.pieces[x].buf
			w.Free(n.one[:])
		}
	}
	for n.dropped.first != none {
		n.one[0], _ = n.takeDropped()
		w.Free(n.one[:])
	}
	n.tell()
}

package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Where ip4-frag sends packets.
const (
	fragOut graph.Next = iota
	fragHold
	fragDrop
)

// Counters of ip4-frag.
const (
	errFragSent graph.Counter = iota
	errFragQueue
	errFragBuffers
	errFragSmall
	errFragCut
)

// fragQueue bounds the datagrams that wait to be cut, a power of two. A pass cuts as many as there is room for in its frame.
const fragQueue = 64

func (p *Plugin) fragmentNodes(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:  "ip4-frag",
		Nexts: graph.Nexts{fragOut: graph.ArcStart(OutArc4), fragHold: graph.Hold, fragDrop: graph.ErrorDrop},
		Counters: graph.Counters{
			errFragSent:    "fragments sent",
			errFragQueue:   "too many datagrams to be cut at once",
			errFragBuffers: "no buffers for the fragments",
			errFragSmall:   "no datagram, one that ends too far behind, or an MTU that leaves no room for data",
			errFragCut:     "datagrams cut",
		},
		New:   func(*graph.Worker) graph.Processor { return new(fragmenter) },
		Trace: p.traceRewrite,
	})
}

// fragmenter is ip4-frag on one worker: it cuts datagrams that are longer than the MTU of their way out, which is in Meta.DstPort.
// They have been rewritten; the pieces go on as packets of their own from the arc of what is forwarded.
//
//	Process ──hold──> queue, bounded ──Poll: pieces──> Process ──> ip4-output
type fragmenter struct {
	queue      [fragQueue]cutting
	head, tail uint32
	nexts      [graph.VectorSize]graph.Next // of what Poll has given
	back       int

	headers [maxFragHeaders]byte // of the piece that is being made
}

// maxFragHeaders is the most that stands before a datagram's data: the header of a hop, and one of IPv4.
const maxFragHeaders = 64 + 60

// cutting is a datagram on its way to be pieces.
type cutting struct {
	buf  buffer.Index
	size int // bytes of data of a piece, but for the last one
	at   int // bytes of data that are in pieces already
}

// Process implements graph.Processor.
func (n *fragmenter) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	k := min(n.back, len(bufs))
	copy(nexts, n.nexts[:k])
	n.back = 0
	v := w.Packets()
	for i := k; i < len(bufs); i++ {
		m := v.Meta(bufs[i])
		size := pieceSize(m, v.Bytes(bufs[i], m))
		c := errFragSmall
		if size > 0 {
			if c = errFragQueue; n.tail-n.head < fragQueue {
				m.Flags &^= buffer.FlagHasFlow | buffer.FlagReply // the session may be another one when the pieces leave
				n.queue[n.tail%fragQueue] = cutting{buf: bufs[i], size: size}
				n.tail++
				nexts[i] = fragHold
				w.Soon()
				continue
			}
		}
		nexts[i] = fragDrop
		blame(m, c)
		w.Count(c, 1)
	}
}

// pieceSize is how much data of a datagram fits into a piece; 0: it cannot be cut. One that ends where no offset leads would come to
// pieces that begin anew, at offset 0.
func pieceSize(m *buffer.Meta, p []byte) int {
	l3, l4, end := int(m.L3), int(m.L4), int(m.End)
	if !m.IsIP4 || end > len(p) || l4 >= end || l4-l3 < ip4Len || l4 > maxFragHeaders || int(offset4(p, m))*8+end-l4 > 1<<16-1 {
		return 0
	}
	return max(0, (int(m.DstPort)-(l4-l3))&^7)
}

// Poll implements graph.Poller: it makes pieces.
func (n *fragmenter) Poll(w *graph.Worker, room []buffer.Index) (got int) {
	if n.head == n.tail {
		return 0
	}
	w.Soon()
	v := w.Packets()
	for n.head != n.tail && got < min(len(room), len(n.nexts)) {
		x := &n.queue[n.head%fragQueue]
		m := v.Meta(x.buf)
		n.nexts[got] = fragOut
		switch {
		case int(m.L4)+x.at+x.size >= int(m.End):
			n.last(v, x)
			w.Count(errFragCut, 1)
			room[got] = x.buf
			n.head++
		case w.Alloc(room[got:got+1]) == 1:
			n.piece(v, room[got], x)
		default:
			room[got], n.nexts[got] = x.buf, fragDrop
			blame(m, errFragBuffers)
			w.Count(errFragBuffers, 1)
			n.head++
			got++
			continue
		}
		w.Count(errFragSent, 1)
		got++
	}
	n.back = got
	return got
}

// piece makes the next piece in a buffer of its own.
func (n *fragmenter) piece(v buffer.View, b buffer.Index, x *cutting) {
	from, m := v.Meta(x.buf), v.Meta(b)
	p := v.Bytes(x.buf, from)
	h := n.header(p, from, x.at, x.size, true)
	*m = *from
	m.Off, m.Traced = buffer.Headroom, false
	m.Len = uint16(len(h) + x.size)
	q := v.Bytes(b, m)
	copy(q, h)
	copy(q[len(h):], p[int(from.L4)+x.at:][:x.size])
	x.at += x.size
	reparse(q, m)
}

// last makes the datagram's own buffer its last piece: the header moves to where the data is that is left.
func (n *fragmenter) last(v buffer.View, x *cutting) {
	m := v.Meta(x.buf)
	p := v.Bytes(x.buf, m)
	size := int(m.End) - int(m.L4) - x.at
	h := n.header(p, m, x.at, size, false)
	m.Off += m.End - uint16(size+len(h))
	m.Len = uint16(len(h) + size)
	p = v.Bytes(x.buf, m)
	copy(p, h)
	reparse(p, m)
}

// header makes the headers of the piece of size bytes at an offset in the data of p: those of p, but later pieces have only the
// options that are for all (RFC 791).
func (n *fragmenter) header(p []byte, m *buffer.Meta, at, size int, more bool) []byte {
	l3, l4 := int(m.L3), int(m.L4)
	h := append(n.headers[:0], p[:l4]...)
	if at > 0 && l4-l3 > ip4Len {
		h = copied(h[:l3+ip4Len], p[l3+ip4Len:l4])
	}
	ip := h[l3:]
	ip[0] = 4<<4 | uint8(len(ip)/4)
	word := binary.BigEndian.Uint16(ip[6:]) + uint16(at/8)
	if more {
		word |= 0x2000
	}
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+size))
	binary.BigEndian.PutUint16(ip[6:], word)
	clear(ip[10:12])
	binary.BigEndian.PutUint16(ip[10:], packet.Checksum(ip, 0))
	return h
}

// copied appends those of the options to h that every piece has, and fills up to a multiple of four bytes. What is malformed is
// left out, with all that is behind it.
func copied(h, options []byte) []byte {
	l3 := len(h)
	for len(options) > 0 && options[0] != 0 {
		size := 1
		if options[0] != 1 { // the one of one byte, which fills gaps
			if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
				break
			}
			size = int(options[1])
		}
		if options[0]&0x80 != 0 {
			h = append(h, options[:size]...)
		}
		options = options[size:]
	}
	for (len(h)-l3)%4 != 0 {
		h = append(h, 0)
	}
	return h
}

// reparse reads a piece, of which the metadata is the datagram's.
func reparse(p []byte, m *buffer.Meta) {
	m.HasProto, m.HasPorts, m.HasTCPFlags, m.HasICMP, m.Fragment, m.LaterFragment, m.Whole = false, false, false, false, false, false, false
	m.SrcPort, m.DstPort = 0, 0
	packet.IPv4(p, m)
}

// Close implements graph.Closer.
func (n *fragmenter) Close(w *graph.Worker) {
	for ; n.head != n.tail; n.head++ {
		b := n.queue[n.head%fragQueue].buf
		w.Free([]buffer.Index{b})
	}
}

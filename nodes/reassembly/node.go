package reassembly

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

const (
	nextFeature graph.Next = iota
	nextHold
	nextDrop
)

var nexts = graph.Nexts{nextFeature: graph.Continue, nextHold: graph.Hold, nextDrop: graph.ErrorDrop}

// Why a piece is dropped, plus one: 0 is for pieces that are not.
const (
	errDuplicate = iota + 1
	errOverlap
	errEnd
	errEmpty
	errTooLong
	errUneven
	errMarks
	errTooMany
	errTimeout
	errRoom
)

var counters = graph.Counters{
	errDuplicate - 1: "fragment that has been received already",
	errOverlap - 1:   "fragments of a datagram overlap",
	errEnd - 1:       "fragments contradict each other about the datagram's end",
	errEmpty - 1:     "fragment without data",
	errTooLong - 1:   "datagram longer than 65535 bytes",
	errUneven - 1:    "datagram with a fragment whose length is no multiple of 8",
	errMarks - 1:     "fragments contradict each other about congestion",
	errTooMany - 1:   "datagram in more than 128 fragments",
	errTimeout - 1:   "incomplete datagram: timeout",
	errRoom - 1:      "incomplete datagram: no room for more",
}

// node is virtual-reassembly on one worker.
type node struct {
	*table
	tracker  Tracker
	limit    int // of pieces
	timeouts [2]int64
	back     int // how many packets of the next frame come from Poll
	reasons  [graph.VectorSize]uint8
	layout   [maxBytes]byte // a datagram being looked at
	meta     buffer.Meta    // of that datagram
	one      [1]buffer.Index
	stats    figures
}

// figures are what others read of a node: single-writer counters, and what is there now.
type figures struct {
	name                  string
	worker                int
	held, gathering       atomic.Int64
	whole, dropped, timed atomic.Uint64
}

func (p *Plugin) newNode(name string, w *graph.Worker) *node {
	datagrams := min(p.Datagrams, MaxDatagrams)
	if datagrams <= 0 {
		datagrams = DefaultDatagrams
	}
	n := &node{tracker: p.tracker, limit: max(w.Buffers()/poolShare/w.Workers(), maxPieces)}
	n.table = newTable(datagrams, n.limit+graph.VectorSize)
	n.timeouts = [2]int64{v4: int64(p.Timeout4), v6: int64(p.Timeout6)}
	if p.Timeout4 == 0 {
		n.timeouts[v4] = int64(DefaultTimeout4)
	}
	if p.Timeout6 == 0 {
		n.timeouts[v6] = int64(DefaultTimeout6)
	}
	n.stats.name, n.stats.worker = name, w.ID()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nodes = append(p.nodes, n)
	return n
}

// Process lets everything pass that is no fragment, or one of a datagram that is whole, and sends on what Poll has given
// back.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	from := n.back
	if from != 0 {
		n.giveBack(w, v, bufs[:from], nexts)
	}
	for i := from + plain(v, bufs[from:]); i < len(bufs); i += 1 + plain(v, bufs[i+1:]) {
		if m := v.Meta(bufs[i]); !m.Whole {
			nexts[i] = n.fragment(w, v, bufs[i], m)
		}
	}
	if n.used|n.gathering|from != 0 {
		n.tell()
	}
}

// plain is how many packets there are in front of the first fragment. It is a function of its own so that everything stays in
// registers.
//
//go:noinline
func plain(v buffer.View, bufs []buffer.Index) int {
	for i, b := range bufs {
		if v.Meta(b).Fragment {
			return i
		}
	}
	return len(bufs)
}

// tell tells others what is there now.
func (n *node) tell() {
	n.stats.held.Store(int64(n.used))
	n.stats.gathering.Store(int64(n.gathering))
}

// giveBack sends on the packets that come from Poll.
func (n *node) giveBack(w *graph.Worker, v buffer.View, bufs []buffer.Index, nexts []graph.Next) {
	for i, b := range bufs {
		if why := n.reasons[i]; why != 0 {
			nexts[i] = n.refuse(w, v.Meta(b), why)
		}
	}
	n.back = 0
}

// refuse drops a piece.
func (n *node) refuse(w *graph.Worker, m *buffer.Meta, why uint8) graph.Next {
	m.Reason = why
	w.Count(graph.Counter(why-1), 1)
	return nextDrop
}

// fragment is Process for a piece.
func (n *node) fragment(w *graph.Worker, v buffer.View, b buffer.Index, m *buffer.Meta) graph.Next {
	p := v.Bytes(b, m)
	f, ok := packet.PieceOf(p, m)
	if !ok || f.Cut {
		return nextFeature
	}
	at := n.datagramOf(w, p, m, &f)
	if at == none {
		return n.refuse(w, m, errRoom)
	}
	d := &n.datagrams[at]
	end, o, why := d.check(&f, f.Offset+int(m.End)-f.Data)
	var prev int32
	x := piece{buf: b, off: int32(f.Offset), end: int32(end), data: uint16(f.Data)}
	if o == held {
		if prev, x.head, o, why = n.place(d, x.off, x.end); o == held && d.n == maxPieces {
			o, why = ruin, errTooMany
		}
	}
	if o == held && n.freePiece == none {
		o, why = refuse, errRoom
	}
	switch o {
	case held:
		if int(m.End)-f.Data > end-f.Offset {
			f.Trim(p, m, end-f.Offset)
		}
		d.ecn |= f.ECN
		if n.insert(d, prev, x) == whole {
			n.complete(v, at)
		}
		return nextHold
	case ruin, alone:
		n.abandon(at, why)
	}
	if o == alone {
		return nextFeature
	}
	return n.refuse(w, m, why)
}

// datagramOf finds a piece's datagram or begins one, or returns none where there is no room.
func (n *node) datagramOf(w *graph.Worker, p []byte, m *buffer.Meta, f *packet.Piece) int32 {
	k := key{id: f.ID, rxIf: m.RxIf, tags: tagsOf(p, m)}
	if m.IsIP4 {
		src, dst := packet.Addrs4(p, m)
		k.src[0], k.dst[0], k.proto, k.family = uint64(src), uint64(dst), f.Proto, v4
	} else {
		src, dst := packet.Addrs6(p, m)
		k.src = [2]uint64{binary.NativeEndian.Uint64(src[:8]), binary.NativeEndian.Uint64(src[8:])}
		k.dst = [2]uint64{binary.NativeEndian.Uint64(dst[:8]), binary.NativeEndian.Uint64(dst[8:])}
		k.family = v6
	}
	if at := n.find(&k); at != none {
		return at
	}
	deadline := w.Now() + n.timeouts[k.family]
	at := n.open(&k, deadline)
	if at == none && n.gathering > 0 {
		n.abandon(n.oldest(&n.timeouts), errRoom)
		at = n.open(&k, deadline)
	}
	return at
}

// tagsOf is the ids in a packet's VLAN tags.
func tagsOf(p []byte, m *buffer.Meta) (tags uint32) {
	for i := range int(m.VLANs) {
		if at := 14 + 4*i; at+2 <= len(p) {
			tags = tags<<12 | uint32(binary.BigEndian.Uint16(p[at:])&0xfff)
		}
	}
	return tags
}

// abandon ends a datagram that will not be whole.
func (n *node) abandon(at int32, why uint8) {
	n.drop(at, why)
	n.stats.dropped.Store(n.stats.dropped.Load() + 1)
	if why == errTimeout {
		n.stats.timed.Store(n.stats.timed.Load() + 1)
	}
}

// complete ends a datagram all pieces of which are there.
func (n *node) complete(v buffer.View, at int32) {
	d := &n.datagrams[at]
	b := n.pieces[d.first].buf
	m := v.Meta(b)
	f, _ := packet.PieceOf(v.Bytes(b, m), m) // it was one when it came
	switch {
	case contradictory(d.ecn):
		n.abandon(at, errMarks)
	case linkLen(m)+f.HeaderLen(m)+d.size > maxBytes:
		n.abandon(at, errTooLong)
	default:
		n.finish(at)
		n.stats.whole.Store(n.stats.whole.Load() + 1)
	}
}

// trace says what becomes of a packet.
func trace(m *buffer.Meta, p []byte) string {
	if !m.Fragment {
		return "no fragment"
	}
	f, ok := packet.PieceOf(p[:min(len(p), int(m.Len))], m)
	if !ok {
		return "fragment"
	}
	s := fmt.Sprintf("fragment id %#x, bytes %d to %d", f.ID, f.Offset, f.Offset+int(m.End)-f.Data)
	if f.More {
		s += ", more follow"
	}
	if m.Whole {
		s += "; the datagram is whole"
	}
	return s
}

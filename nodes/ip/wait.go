package ip

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

// Where the nodes send packets that wait for a neighbour.
const (
	waitHold graph.Next = iota
	waitLookup
	waitError
	waitDrop
	waitRewrite
)

// Counters of those nodes.
const (
	errWaitFull graph.Counter = iota
	errWaitRoom
	errWaitAnswer
	errWaitGone
)

// Bounds of what waits, per worker and node: neighbours, and packets for one of them. A packet waits until the last request for its
// neighbour has had the time for an answer.
const (
	waitPlaces  = 64
	waitPackets = 4
	waitTime    = int64(3 * time.Second)
)

func (p *Plugin) waitNodes(r *plugin.Registry) {
	for _, n := range []struct {
		name, lookup, errors, rewrite string
		v6                            bool
	}{
		{"ip4-glean", "ip4-lookup", "ip4-icmp-error", "ip4-rewrite", false}, {"ip4-arp", "ip4-lookup", "ip4-icmp-error", "ip4-rewrite", false},
		{"ip6-glean", "ip6-lookup", "ip6-icmp-error", "ip6-rewrite", true}, {"ip6-discover-neighbor", "ip6-lookup", "ip6-icmp-error", "ip6-rewrite", true},
	} {
		r.Node(graph.Spec{
			Name:  n.name,
			Nexts: graph.Nexts{waitHold: graph.Hold, waitLookup: n.lookup, waitError: n.errors, waitDrop: graph.ErrorDrop, waitRewrite: n.rewrite},
			Counters: graph.Counters{
				errWaitFull:   "enough packets wait for that neighbour",
				errWaitRoom:   "too many neighbours are waited for",
				errWaitAnswer: "the neighbour does not answer",
				errWaitGone:   "the interface has no link",
			},
			New:   func(w *graph.Worker) graph.Processor { return &wait{desk: p.desks[w.ID()], v6: n.v6} },
			Trace: func(m *buffer.Meta, b []byte) string { return p.hopText(m) + "\n" + trace(m, b) },
		})
	}
}

// wait is a node that holds packets until their neighbour is found.
type wait struct {
	*desk
	v6     bool
	places [waitPlaces]waiting
	held   int
	seen   uint64 // found, when the packets were looked at last
	oldest int64  // no packet waits since before

	back  [graph.VectorSize]graph.Next // of what Poll has given back
	nBack int
}

// waiting is the packets for one neighbour.
type waiting struct {
	key   neighbor.Key
	since int64
	left  int64 // when its packets went to look again
	n     int
	bufs  [waitPackets]buffer.Index
}

// Process implements graph.Processor.
func (n *wait) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	k := min(n.nBack, len(bufs))
	copy(nexts, n.back[:k])
	n.nBack = 0
	v := w.Packets()
	s := n.fib.Snapshot()
	hops := s.Hops()
	for i := k; i < len(bufs); i++ {
		m := v.Meta(bufs[i])
		key, ok := n.neighborOf(hops.At(m.TxIf), v.Bytes(bufs[i], m), m)
		c := errWaitGone
		if ok {
			if hop, known := s.Neighbor(key.SwIf, key.Addr); known { // the route is another table's, which has the link's network only
				m.TxIf, nexts[i] = hop, waitRewrite
				continue
			}
			n.want(key, n.class(v.Bytes(bufs[i], m), m))
			if c = n.keep(w, key, bufs[i]); c == kept {
				continue
			}
		}
		nexts[i] = waitDrop
		blame(m, c)
		w.Count(c, 1)
	}
}

const kept = graph.Counter(255)

// neighborOf is whom a packet waits for.
func (n *wait) neighborOf(h *fib.Hop, p []byte, m *buffer.Meta) (k neighbor.Key, ok bool) {
	if h == nil || n.v6 && !m.IsIP6 || !n.v6 && !m.IsIP4 { // the packet generator sends packets straight here
		return k, false
	}
	if l, there := n.dp.Link(h.TxIf); !there || !l.Up {
		return k, false
	}
	switch h.Kind {
	case fib.KindResolve, fib.KindRewrite: // found a moment ago: it goes round once
		return neighbor.Key{SwIf: h.TxIf, Addr: h.Via}, true
	case fib.KindGlean:
		if n.v6 {
			return neighbor.Key{SwIf: h.TxIf, Addr: netip.AddrFrom16([16]byte(p[int(m.L3)+24:]))}, true
		}
		return neighbor.Key{SwIf: h.TxIf, Addr: addrOf4(be32(p[int(m.L3)+16:]))}, true
	}
	return k, false
}

// class is which share of what is asked a packet's source takes from.
func (n *wait) class(b []byte, m *buffer.Meta) uint8 {
	if m.IsIP6 {
		src, _ := packet.Addrs6(b, m)
		return uint8(n.mix(binary.BigEndian.Uint64(src[:]), binary.BigEndian.Uint64(src[8:])) % neighbor.Classes)
	}
	src, _ := packet.Addrs4(b, m)
	return uint8(n.mix(uint64(src), 0) % neighbor.Classes)
}

// want leaves word that a packet waits for a neighbour.
func (d *desk) want(k neighbor.Key, from uint8) {
	if d.wants[from] < deskWants && d.note(event{kind: eventWant, key: k, from: from}) {
		d.wants[from]++
	}
}

// keep keeps a packet for its neighbour, or says why not.
func (n *wait) keep(w *graph.Worker, key neighbor.Key, b buffer.Index) graph.Counter {
	a := key.Addr.As16()
	at := &n.places[(uint32(a[15])|uint32(a[14])<<8|uint32(a[13])<<16^key.SwIf)*0x9e3779b1>>26]
	now := w.Now()
	if at.n > 0 && at.key != key {
		return errWaitRoom
	}
	if at.n == waitPackets {
		return errWaitFull
	}
	if at.n == 0 {
		if at.key != key || now != at.left { // not back from looking again, in this very pass
			at.since = now
		}
		at.key = key
		if n.held == 0 {
			n.oldest = at.since
		}
		n.oldest = min(n.oldest, at.since)
	}
	at.bufs[at.n] = b
	at.n++
	n.held++
	return kept
}

// Poll implements graph.Poller: when neighbours have been found, and when packets have waited for too long, they go on.
func (n *wait) Poll(w *graph.Worker, room []buffer.Index) (got int) {
	n.nBack = 0
	if n.held == 0 {
		return 0
	}
	w.Soon()
	n.settle(w) // not one pass later: what was learned in the last one may be what they wait for
	found, now := n.found.Load(), w.Now()
	if found == n.seen && now-n.oldest < waitTime {
		return 0
	}
	n.oldest = now
	all := true
	for i := range n.places {
		at := &n.places[i]
		if at.n == 0 {
			continue
		}
		late := now-at.since >= waitTime
		if !late && found == n.seen || got+at.n > len(room) {
			all = all && got+at.n <= len(room)
			n.oldest = min(n.oldest, at.since)
			continue
		}
		for _, b := range at.bufs[:at.n] {
			room[got] = b
			n.back[got] = waitLookup
			if late {
				n.back[got] = n.giveUp(w, b)
			}
			got++
		}
		n.held -= at.n
		at.n, at.left = 0, now
		if late {
			at.key = neighbor.Key{}
		}
	}
	if all {
		n.seen = found
	}
	n.nBack = got
	return got
}

// giveUp tells a packet's sender that the neighbour is not there.
func (n *wait) giveUp(w *graph.Worker, b buffer.Index) graph.Next {
	m := w.Meta(b)
	blame(m, errWaitAnswer)
	w.Count(errWaitAnswer, 1)
	if n.v6 {
		setError(m, icmp6Unreachable, code6Host, 0)
	} else {
		setError(m, icmpUnreachable, codeHost, 0)
	}
	return waitError
}

// Close implements graph.Closer.
func (n *wait) Close(w *graph.Worker) {
	for i := range n.places {
		w.Free(n.places[i].bufs[:n.places[i].n])
		n.places[i].n = 0
	}
}

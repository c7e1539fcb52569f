package ip

import (
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

// What is for this host and it does not answer is punted: it passes the arcs ip4-punt and ip6-punt, whose features may take it, then goes
// where the operator redirects it to, or ends.

// toPuntEnd is where ip4-punt-redirect sends what is not redirected; the others are those of ip4-lookup.
const toPuntEnd = toDisabled + 1

// Counters of ip4-punt-end and ip6-punt-end.
const (
	errPuntNobody graph.Counter = iota
	errPuntPort
	errPuntFragment
	errPuntRouter
	errPuntHeard
	errPuntSet
)

func (p *Plugin) puntNodes(r *plugin.Registry) {
	for v6, name := range []string{"ip4", "ip6"} {
		resolve := []string{"ip4-arp", "ip6-discover-neighbor"}[v6]
		r.Arc(graph.ArcSpec{Name: name + "-punt", End: name + "-punt-redirect", Only: []uint16{packet.EtherTypeIP4, packet.EtherTypeIP6}[v6]})
		r.Node(graph.Spec{
			Name: name + "-punt-redirect",
			Nexts: graph.Nexts{toRewrite: name + "-rewrite", toDrop: name + "-drop", toLocal: name + "-drop", toGlean: name + "-glean", toResolve: resolve,
				toError: name + "-drop", toDisabled: name + "-not-enabled", toPuntEnd: name + "-punt-end"},
			Counters: graph.Counters{"packets redirected"},
			New:      func(*graph.Worker) graph.Processor { return &puntRedirect{p, v6} },
		})
		r.Node(graph.Spec{
			Name:  name + "-punt-end",
			Nexts: graph.Nexts{graph.ErrorDrop, name + "-icmp-error"},
			Counters: graph.Counters{
				errPuntNobody:   "for this host, which takes no such packets",
				errPuntPort:     "to a port of this host at which nobody listens",
				errPuntFragment: "fragment for this host: none are reassembled",
				errPuntRouter:   "router discovery, group membership: not for this host",
				errPuntHeard:    "neighbour advertisements, taken note of: nobody else wants them",
				errPuntSet:      "to a port whose packets are punted (set_punt), and nobody takes them",
			},
			New: func(*graph.Worker) graph.Processor { return &puntEnd{p, v6 == 1} },
		})
	}
}

// puntRedirect is ip4-punt-redirect and ip6-punt-redirect.
type puntRedirect struct {
	*Plugin
	family int
}

func (n *puntRedirect) Process(w *graph.Worker, f *graph.Frame) {
	t := n.redirects[n.family].Load()
	s := n.fib.Snapshot()
	bufs, nexts := f.Vector()
	v := w.Packets()
	redirected := 0
	for i, b := range bufs {
		m := v.Meta(b)
		to, ok := t.at(m.RxIf)
		if !ok {
			nexts[i] = toPuntEnd
			continue
		}
		hop := n.choose(s, to, v.Bytes(b, m), m)
		m.TxIf, nexts[i] = hop, nextOf[s.Hop(hop).Kind&(1<<3-1)]
		redirected++
	}
	w.Count(0, redirected)
}

// puntTable says which forward packets take that an interface has received: an immutable snapshot.
type puntTable struct {
	by  []uint32 // by sw_if_index; 0: as any
	any uint32   // 0: none
}

func (t *puntTable) at(swIf uint32) (forward uint32, ok bool) {
	if t == nil {
		return 0, false
	}
	forward = t.any
	if int(swIf) < len(t.by) && t.by[swIf] != 0 {
		forward = t.by[swIf]
	}
	return forward, forward != 0
}

// puntPorts is the UDP ports whose packets are punted: where nobody takes them they end without a word.
type puntPorts [1 << 16 / 64]atomic.Uint64

func (s *puntPorts) has(port uint16) bool { return s[port/64].Load()&(1<<(port%64)) != 0 }

func (s *puntPorts) set(port uint16, on bool) {
	if on {
		s[port/64].Or(1 << (port % 64))
	} else {
		s[port/64].And(^(uint64(1) << (port % 64)))
	}
}

// puntEnd is where packets for this host end that nobody wants.
type puntEnd struct {
	*Plugin
	v6 bool
}

func (n *puntEnd) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		c := n.reason(m)
		blame(m, c)
		w.Count(c, 1)
		if c != errPuntPort {
			continue
		}
		nexts[i] = 1
		if n.v6 {
			setError(m, icmp6Unreachable, code6Port, 0)
		} else {
			setError(m, icmpUnreachable, codePort, 0)
		}
	}
}

// reason is why a packet ends here.
func (n *puntEnd) reason(m *buffer.Meta) graph.Counter {
	switch {
	case m.Fragment && !m.Whole:
		return errPuntFragment
	case n.v6 && m.HasICMP && m.ICMPType == icmp6Advertise:
		return errPuntHeard
	case n.v6 && m.HasICMP && m.ICMPType >= 130 && m.ICMPType <= 143:
		return errPuntRouter
	case m.HasPorts && m.Proto == packet.ProtoUDP && n.punted[family(n.v6)].has(m.DstPort):
		return errPuntSet
	case m.HasPorts && m.Proto == packet.ProtoUDP:
		return errPuntPort
	}
	return errPuntNobody
}

// plainHop says whether a path can be a redirection's: a next hop on a link, or a link.
func plainHop(p *fib.Path) bool {
	return p.SwIf != 0 && (p.Kind == fib.ToNeighbor || p.Kind == fib.ToLink)
}

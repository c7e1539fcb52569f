package l2

import (
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// l2-fwd sends each frame to where its destination is.

const (
	forwardOutput graph.Next = iota
	forwardFlood
	forwardBVI
	forwardDrop
)

const (
	errUnknown graph.Counter = iota
	errFilter
	errReflect
	errHorizon
	errForwardLeft
	numForward
)

func (p *Plugin) forwardSpec() graph.Spec {
	return graph.Spec{
		Name:  "l2-fwd",
		Nexts: graph.Nexts{forwardOutput: graph.ArcStart(OutputArc), forwardFlood: "l2-flood", forwardBVI: bviInput, forwardDrop: graph.ErrorDrop},
		Counters: graph.Counters{
			errUnknown:     "L2 forward misses: dropped, flooding of unknown unicast is off",
			errFilter:      "Filter Mac Drop: the destination is a filter",
			errReflect:     "Reflection Drop: the destination is where the frame came from",
			errHorizon:     "dropped: the destination is in the same split horizon group",
			errForwardLeft: "dropped: the interface was just taken out of its bridge domain",
		},
		New:   func(*graph.Worker) graph.Processor { return &forward{Plugin: p} },
		Trace: p.frameTrace,
	}
}

// forward is l2-fwd on one worker.
type forward struct {
	*Plugin
	look fib.Lookup
}

// Process looks all destinations up.
func (n *forward) Process(w *graph.Worker, f *graph.Frame) {
	s := n.state.Load()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	rx, from := uint32(0), s.port(0)
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.RxIf != rx {
			rx, from = m.RxIf, s.port(m.RxIf)
		}
		k := key(0)
		if from.domain != 0 && len(p) >= headerLen {
			k = fib.DestinationKey(from.domain, p)
		}
		n.look.Keys[i&(fib.Vector-1)] = k
	}
	if s.table != nil {
		n.look.Find(s.table, len(bufs))
	}
	var dropped [numForward]int
	ports := s.ports
	for i, b := range bufs {
		m := v.Meta(b)
		if m.RxIf != rx {
			rx, from = m.RxIf, s.port(m.RxIf)
		}
		k, e := n.look.Keys[i&(fib.Vector-1)], n.look.Entries[i&(fib.Vector-1)]
		if tx := e.Port(); int(tx) < len(ports) && tx != rx && e != 0 {
			if to := ports[tx]; to.domain == from.domain && from.shg == 0 && to.flags&portBVI == 0 {
				m.TxIf = tx // by far the most
				continue
			}
		}
		next, why := s.forward(from, rx, &m.TxIf, k, e)
		if nexts[i] = next; next == forwardDrop {
			m.Reason = uint8(why) + 1
			dropped[why]++
		}
	}
	for why, k := range dropped {
		w.Count(graph.Counter(why), k)
	}
}

// forward decides about a frame from rx to a destination with entry e; tx takes the interface that it is to leave by. why is the
// reason of a drop.
func (s *state) forward(from bridgePort, rx uint32, tx *uint32, k key, e entry) (next graph.Next, why graph.Counter) {
	if k == 0 {
		return forwardDrop, errForwardLeft
	}
	to := bridgePort{}
	if e != 0 {
		if e.Is(fib.Filter) {
			return forwardDrop, errFilter
		}
		to = s.port(e.Port())
	}
	switch {
	case to.domain == 0 || to.domain != from.domain: // unknown, or its interface has left the domain
		return s.unknown(from, rx, tx)
	case e.Port() == rx:
		return forwardDrop, errReflect
	case from.shg != 0 && from.shg == to.shg:
		return forwardDrop, errHorizon
	}
	*tx = e.Port()
	if to.has(portBVI) {
		return forwardBVI, 0
	}
	return forwardOutput, 0
}

// unknown decides about a frame whose destination is not known.
func (s *state) unknown(from bridgePort, rx uint32, tx *uint32) (next graph.Next, why graph.Counter) {
	switch uu := s.domains[from.domain].uu; {
	case uu != 0 && uu != rx:
		*tx = uu
		return forwardOutput, 0
	case uu == 0 && from.has(portUUFloods):
		return forwardFlood, 0
	}
	return forwardDrop, errUnknown
}

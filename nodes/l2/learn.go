package l2

import (
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// l2-learn notes where the source of each frame is. It is where the arcs of bridged interfaces end.

const (
	learnForward graph.Next = iota
	learnFlood
	learnDrop
)

const (
	errNew graph.Counter = iota
	errMoved
	errLimit
	errNoRoom
	errStatic
	errSourceFilter
	errLoop
	errStays
	errGroupSource
	errNotBridged
	errForwardOff
	numLearn
)

func (p *Plugin) learnSpec() graph.Spec {
	return graph.Spec{
		Name:  "l2-learn",
		Nexts: graph.Nexts{learnForward: "l2-fwd", learnFlood: "l2-flood", learnDrop: graph.ErrorDrop},
		Ends:  inputArcs,
		Counters: graph.Counters{
			errNew:          "L2 learn misses: addresses learned",
			errMoved:        "L2 mac moves",
			errLimit:        "L2 not learned due to limit",
			errNoRoom:       "L2 not learned: the table is growing",
			errStatic:       "L2 mac move violations: dropped, the source is a static entry of another interface",
			errSourceFilter: "L2 filter mac drops: the source is a filter",
			errLoop:         "loop: dropped, was flooded from another interface a moment ago",
			errStays:        "loop: dropped, the source is at an interface that is no part of it",
			errGroupSource:  "L2 not learned: the source is a group address",
			errNotBridged:   "dropped: the interface was just taken out of its bridge domain",
			errForwardOff:   "dropped: forwarding and flooding of unknown unicast are off",
		},
		New:   func(*graph.Worker) graph.Processor { return &learn{Plugin: p} },
		Trace: p.frameTrace,
	}
}

// frameTrace is VPP's line of its l2 nodes.
func (p *Plugin) frameTrace(m *buffer.Meta, b []byte) string {
	if len(b) < headerLen {
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("sw_if_index %d dst %s src %s bd_index %d", m.RxIf, net.HardwareAddr(b[:6]), net.HardwareAddr(b[6:12]), p.state.Load().port(m.RxIf).domain)
}

const (
	headerLen = 14
	groupBit  = 1 // of an address's first byte
)

// learn is l2-learn on one worker.
type learn struct {
	*Plugin
	look  fib.Lookup
	count [numLearn]int // of this vector
}

// Process gives each frame its next, by its destination, and looks all sources up. What is where it was, and was seen lately, is left
// alone.
func (n *learn) Process(w *graph.Worker, f *graph.Frame) {
	s := n.state.Load()
	bufs, nexts := f.Vector()
	v := w.Packets()
	all, busy := n.prepare(v, s, bufs, nexts)
	if busy == 0 {
		n.tell(w)
		return
	}
	now := fib.At(w.Now())
	n.look.Find(s.table, len(bufs))
	for i, e := range n.look.Entries[:len(bufs)] {
		if e.Port() == all && !e.Stale(now) {
			continue
		}
		k := n.look.Keys[i]
		if k == 0 {
			continue
		}
		m := v.Meta(bufs[i])
		if e.Port() == m.RxIf && e != 0 && !e.Stale(now) {
			continue
		}
		if why := n.heard(s, m.RxIf, k, v.Bytes(bufs[i], m), w.Now()); why != numLearn {
			nexts[i], m.Reason = learnDrop, uint8(why)+1
			n.count[why]++
		}
	}
	n.tell(w)
}

// prepare gives each frame its next by its destination, and its key where its source is to be learned. It returns how many those are,
// and the interface that all came from, or none.
func (n *learn) prepare(v buffer.View, s *state, bufs []buffer.Index, nexts []graph.Next) (all uint32, busy int) {
	nexts = nexts[:len(bufs)]
	rx, at := uint32(0), s.port(0)
	all = v.Meta(bufs[0]).RxIf
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.RxIf != rx {
			rx, at = m.RxIf, s.port(m.RxIf)
			if rx != all {
				all = none
			}
		}
		k := key(0)
		switch {
		case at.domain == 0 || len(p) < headerLen:
			nexts[i] = n.refuse(m, errNotBridged)
			n.look.Keys[i&(fib.Vector-1)] = 0
			continue
		case p[0]&groupBit != 0:
			nexts[i] = learnFlood
		case !at.has(portForwards):
			if nexts[i] = learnFlood; !at.has(portUUFloods) {
				nexts[i] = n.refuse(m, errForwardOff)
			}
		}
		if at.has(portLearns) {
			k = fib.SourceKey(at.domain, p)
			busy++
		}
		n.look.Keys[i&(fib.Vector-1)] = k
	}
	return all, busy
}

func (n *learn) refuse(m *buffer.Meta, why graph.Counter) graph.Next {
	m.Reason = uint8(why) + 1
	n.count[why]++
	return learnDrop
}

// tell counts.
func (n *learn) tell(w *graph.Worker) {
	for c := range n.count {
		w.Count(graph.Counter(c), n.count[c])
		n.count[c] = 0
	}
}

// heard deals with the source of frame p, which was not known to be at interface rx, and to have been seen lately, when the vector came.
// It returns the reason to drop the frame, or numLearn for none.
func (n *learn) heard(s *state, rx uint32, k key, p []byte, clock int64) (why graph.Counter) {
	now := fib.At(clock)
	e := s.table.Find(k) // a frame before may have changed it
	switch {
	case e.Is(fib.Filter):
		return errSourceFilter
	case e != 0 && e.Port() == rx:
		if e.Is(fib.Learned) {
			s.table.TryReplace(k, e, e.Refresh(now))
		}
		return numLearn
	case e.Is(fib.Static):
		return errStatic
	case s.isEcho(s.port(rx), rx, p, clock):
		s.watch(rx).echoes.Add(1)
		return errLoop
	case s.stays(s.port(rx), rx, e, clock):
		return errStays
	case k>>40&groupBit != 0: // VPP learns it; a frame to it is flooded all the same
		n.count[errGroupSource]++
		return numLearn
	}
	n.settle(s, k, e, fib.NewEntry(rx, now, fib.Learned))
	return numLearn
}

// settle learns an address that was not known, or moves it.
func (n *learn) settle(s *state, k key, old, new entry) {
	const address = 1<<48 - 1
	switch {
	case old.Is(fib.Learned):
		if s.table.TryReplace(k, old, new|s.moved) == fib.Done {
			n.count[errMoved]++
		}
	case k&address == 0 || !n.admit(s, k, old, new|s.fresh): // 0 is no host's
	case old == 0:
		n.count[errNew]++
	default: // entered by hand, and it moves: from now on it is learned
		n.count[errMoved]++
	}
}

// admit makes an entry a learned one if the limits have room for one more.
func (n *learn) admit(s *state, k key, old, new entry) bool {
	d := &s.domains[k.Domain()]
	if s.learned.Load() >= s.limit.Load() || d.learned.Load() >= d.limit { // by far the most: nothing is written
		n.count[errLimit]++
		return false
	}
	all, own := s.learned.Add(1), d.learned.Add(1) // first, so that workers together admit no more than there is room for
	o := fib.Busy
	if all > s.limit.Load() || own > d.limit {
		n.count[errLimit]++
	} else if o = s.table.TryReplace(k, old, new); o == fib.Full {
		n.count[errNoRoom]++
	}
	if o != fib.Done {
		s.learned.Add(-1)
		d.learned.Add(-1)
	}
	return o == fib.Done
}

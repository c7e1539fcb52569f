package plugname

import (
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
)

// Where the node sends packets, by Register's Nexts.
const (
	nextContinue graph.Next = iota
	nextDrop
)

// What the node counts. Each drop has a counter, whose text is the reason that traces and show errors give.
const (
	ruleCounted graph.Counter = iota
	ruleDropped
	notIP
)

var counters = graph.Counters{
	ruleCounted: "packets counted by a rule",
	ruleDropped: "packets dropped by a rule",
	notIP:       "frames that are not IP, passed",
}

// reasonDropped is ruleDropped as Meta.Reason has it: 0 there is no counter.
const reasonDropped = uint8(ruleDropped) + 1

// node is the node on one worker. Its fields are that worker's.
type node struct {
	*Plugin
	tally [MaxRules]struct{ packets, bytes uint64 } // by the position of the rule, in this vector

	counted, dropped counter.Counter // since the start; anybody reads them
}

// newNode is called for each worker in turn, before any runs.
func (p *Plugin) newNode(*graph.Worker) graph.Processor {
	n := &node{Plugin: p}
	p.nodes = append(p.nodes, n)
	return n
}

// Process implements graph.Processor. It is the packet path: nothing in it allocates, locks or waits. The table is loaded, and
// counters are written, once for the vector, not for each packet.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	t := n.table.Load()
	clear(n.tally[:len(t.rules)])
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	var k key
	other := 0
	for i, b := range bufs {
		m := v.Meta(b)
		if !m.IsIP4 && !m.IsIP6 {
			other++
			continue
		}
		p := v.Bytes(b, m)
		k.read(p, m)
		at := t.find(&k)
		if at == none {
			continue
		}
		n.tally[at].packets++
		n.tally[at].bytes += uint64(len(p))
		if r := &t.rules[at]; r.action == Drop {
			nexts[i] = nextDrop
			m.Reason, m.Rule, m.Verdict = reasonDropped, r.id, 0 // Verdict would say that Rule is classify's
		}
	}
	w.Count(notIP, other)
	n.count(w, t)
}

// count writes what a vector has come to into the counters.
func (n *node) count(w *graph.Worker, t *table) {
	var by [2]uint64 // Action
	for i := range t.rules {
		if c := &n.tally[i]; c.packets != 0 {
			r := &t.rules[i]
			r.hits[w.ID()].Add(c.packets, c.bytes)
			by[r.action] += c.packets
		}
	}
	n.counted.Add(by[Count])
	n.dropped.Add(by[Drop])
	w.Count(ruleCounted, int(by[Count]))
	w.Count(ruleDropped, int(by[Drop]))
}

package inacl

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Kind is what a table is asked about.
type Kind int

// The kinds.
const (
	IP4 Kind = iota
	IP6
	L2
	numKinds
)

var kindNames = [numKinds]string{"ip4", "ip6", "l2"}

// String is the kind as commands name it.
func (k Kind) String() string { return kindNames[k] }

// Direction is In for what an interface receives, Out for what it sends, Punt for what is for this host and nobody here wants: with
// Punt a table is asked about all interfaces.
type Direction int

// The directions.
const (
	In Direction = iota
	Out
	Punt
	numDirections
)

var directionNames = [numDirections]string{"input", "output", "punt"}

// String is the direction as commands name it.
func (d Direction) String() string { return directionNames[d] }

// place is where tables are asked: a node on its arcs.
type place struct {
	node string
	arcs []string
}

// places are VPP's nodes. Frames of a wire or a bridge are on the arcs of their family, as far as they have one.
var places = [numDirections][numKinds]place{
	In: {
		IP4: {"ip4-inacl", []string{"ip4-unicast"}}, IP6: {"ip6-inacl", []string{"ip6-unicast"}},
		L2: {"l2-input-acl", []string{"l2-input", "ip4-unicast", "ip6-unicast"}},
	},
	Out: {
		IP4: {"ip4-outacl", []string{"interface-output"}}, IP6: {"ip6-outacl", []string{"interface-output"}},
		L2: {"l2-output-acl", []string{"interface-output"}},
	},
	Punt: {IP4: {"ip4-punt-acl", []string{"ip4-punt"}}, IP6: {"ip6-punt-acl", []string{"ip6-punt"}}},
}

const (
	nextPass graph.Next = iota
	nextDrop
)

// What the nodes count, under VPP's texts; the last two drop.
const (
	counterMiss graph.Counter = iota
	counterHit
	counterChain
	counterDeny
	counterMissed
)

// registerNodes declares the nodes.
func (p *Plugin) registerNodes(r *plugin.Registry) {
	for d := range places {
		for k, pl := range places[d] {
			if pl.node == "" {
				continue
			}
			spec := graph.Spec{
				Name:  pl.node,
				Nexts: graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
				Counters: graph.Counters{
					counterMiss: Direction(d).String() + " ACL misses", counterHit: Direction(d).String() + " ACL hits",
					counterChain: Direction(d).String() + " ACL hits after chain walk",
					counterDeny:  Direction(d).String() + " ACL session deny drops", counterMissed: Direction(d).String() + " ACL table-miss drops",
				},
				New: func(*graph.Worker) graph.Processor {
					return &node{plugin: p, direction: Direction(d), kind: Kind(k)}
				},
				Trace: func(m *buffer.Meta, _ []byte) string { return Direction(d).trace(m) },
			}
			for _, arc := range pl.arcs {
				a := graph.Arc{Name: arc}
				if strings.HasSuffix(arc, "-unicast") { // what is denied begins no session
					a.Before = "flow-lookup"
				} else if Direction(d) == Punt { // nor goes anywhere
					a.Before = arc + "-redirect"
				}
				spec.MoreArcs = append(spec.MoreArcs, a)
			}
			r.Node(spec)
		}
	}
}

// trace says what became of a packet.
func (d Direction) trace(m *buffer.Meta) string {
	what, swIf := "INACL", m.RxIf
	switch d {
	case Out:
		what, swIf = "OUTACL", m.TxIf
	case Punt:
		what = "PUNTACL"
	}
	switch graph.Counter(m.Reason) - 1 {
	case counterDeny:
		return fmt.Sprintf("%s: sw_if_index %d, denied by a session", what, swIf)
	case counterMissed:
		return fmt.Sprintf("%s: sw_if_index %d, denied: no session has it", what, swIf)
	}
	return fmt.Sprintf("%s: sw_if_index %d", what, swIf)
}

// everywhere is the place of the tables that are asked about all interfaces: VPP's local0.
const everywhere = 0

// node asks the tables of one kind in one direction, on one worker.
type node struct {
	plugin    *Plugin
	direction Direction
	kind      Kind
	key       [maxVectors * vectorSize / 8]uint64
	room      [maxVectors * vectorSize]byte
	last      *Session // that was hit, and
	hits      uint64   // how often
}

// Process implements graph.Processor.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	st := n.plugin.state.Load()
	v := w.Packets()
	var counts [counterMissed + 1]int
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		swIf := m.RxIf
		switch n.direction {
		case Out:
			swIf = m.TxIf
		case Punt:
			swIf = everywhere
		}
		t := st.asked(n.direction, n.kind, swIf)
		if t == nil || n.kind == IP4 && !m.IsIP4 || n.kind == IP6 && !m.IsIP6 {
			continue
		}
		if why := n.judge(st, t, v.Bytes(b, m), int(m.L3), &counts); why != 0 {
			nexts[i] = nextDrop
			m.Reason = uint8(why) + 1
		}
	}
	n.tally()
	for c, k := range counts {
		w.Count(graph.Counter(c), k)
	}
}

// judge asks a table and those behind it; 0 lets the packet go on, else it is why it does not.
func (n *node) judge(st *state, t *table, p []byte, l3 int, counts *[counterMissed + 1]int) graph.Counter {
	for chain := 0; ; chain++ {
		at := 0
		if n.kind != L2 && (t.Current || n.direction == Out) {
			at = l3
		}
		if t.Current {
			at += t.Offset
		}
		if e := t.ask(p, at, n.key[:], n.room[:]); e != nil {
			return n.hit(e, chain, counts)
		}
		next := st.table(t.Next)
		if next == nil || chain == maxChain {
			counts[counterMiss]++
			if !t.Deny && next == nil { // tables that lead round and round let nothing pass
				return 0
			}
			counts[counterMissed]++
			return counterMissed
		}
		t = next
	}
}

// hit counts for a session, and says what it says.
func (n *node) hit(e *Session, chain int, counts *[counterMissed + 1]int) graph.Counter {
	if e != n.last {
		n.tally()
		n.last = e
	}
	n.hits++
	counts[counterHit]++
	if chain > 0 {
		counts[counterChain]++
	}
	if !e.Deny {
		return 0
	}
	counts[counterDeny]++
	return counterDeny
}

// tally gives the session that was hit last its count: packets of one come together.
func (n *node) tally() {
	if n.last != nil {
		n.last.hits.Add(n.hits)
		n.last, n.hits = nil, 0
	}
}

package graph

import "github.com/gvpp/gvpp/dataplane/counter"

// nodeStats is what a node has done on one worker. The worker is the only writer: once per vector, not per packet.
type nodeStats struct {
	calls, vectors, clocks counter.Counter
	counters               []counter.Counter // by Counter, behind them the strays
}

func (s *nodeStats) add(n int, clocks uint64) {
	s.calls.Add(1)
	s.vectors.Add(uint64(n))
	s.clocks.Add(clocks)
}

func (s *nodeStats) figures() Figures {
	return Figures{Calls: s.calls.Load(), Vectors: s.vectors.Load(), Clocks: s.clocks.Load()}
}

// Figures are a node's on one worker, since start.
type Figures struct {
	Name    string `json:"name"`
	State   string `json:"state"`   // "active", "polling"
	Calls   uint64 `json:"calls"`   // frames processed
	Vectors uint64 `json:"vectors"` // packets in them
	Clocks  uint64 `json:"clocks"`  // processor clocks spent, all packets together
}

// WorkerFigures are a worker's since start.
type WorkerFigures struct {
	Passes uint64    `json:"passes"` // passes of the loop, the empty ones too
	Nodes  []Figures `json:"nodes"`  // by node id, framed by port-rx and port-tx: the ports' own cost
}

// Input says whether packets enter the graph there.
func (f *Figures) Input() bool { return f.State == "polling" && f.Name != "port-tx" }

// Figures reads what each worker and node has done.
func (g *Graph) Figures() []WorkerFigures {
	out := make([]WorkerFigures, len(g.Workers))
	for i, w := range g.Workers {
		f := WorkerFigures{Passes: w.passes.Load()}
		add := func(name, state string, s *nodeStats) {
			v := s.figures()
			v.Name, v.State = name, state
			f.Nodes = append(f.Nodes, v)
		}
		add("port-rx", "polling", &w.rx)
		for id := range w.nodes {
			state := "active"
			if g.Plan.Nodes[id].anywhere() {
				state = "polling" // its packets come from nowhere else
			}
			add(g.Plan.Nodes[id].Name, state, &w.nodes[id].stats)
		}
		add("port-tx", "polling", &w.tx)
		out[i] = f
	}
	return out
}

// ErrorCount is a counter of a node, all workers together.
type ErrorCount struct {
	Node   string `json:"node"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// Strays is the reason of packets that the engine has dropped behind a node that gave them a next on an arc. It counts them for that
// node, behind the node's own counters: the node has sent packets along an arc that they are not on, or that it is not on itself.
const Strays = "interface unknown, or node not on the packet's arc"

// strayReason is Meta.Reason of those packets, which is no counter of any node.
const strayReason = 1<<8 - 1

// Errors reads all counters of all nodes, the zero ones too.
func (g *Graph) Errors() (out []ErrorCount) {
	for id := range g.Plan.Nodes {
		n := &g.Plan.Nodes[id]
		for c, text := range n.ErrorTexts() {
			e := ErrorCount{Node: n.Name, Reason: text}
			for _, w := range g.Workers {
				e.Count += w.nodes[id].stats.counters[c].Load()
			}
			out = append(out, e)
		}
	}
	return out
}

// IfTotals is the sum of an interface's counters over all workers.
type IfTotals struct {
	RxPackets uint64 `json:"rx_packets"`
	RxBytes   uint64 `json:"rx_bytes"`
	TxPackets uint64 `json:"tx_packets"`
	TxBytes   uint64 `json:"tx_bytes"`
	Drops     uint64 `json:"drops"`     // received by it and dropped, wherever in the graph
	TxErrors  uint64 `json:"tx_errors"` // could not be sent by it
	RxDown    uint64 `json:"rx_down"`   // of Drops: because the interface was down
	TxDrops   uint64 `json:"tx_drops"`  // of TxErrors: by the worker that owns the port
}

// Since is what has been counted since the counters were base.
func (t IfTotals) Since(base IfTotals) IfTotals {
	return IfTotals{
		t.RxPackets - base.RxPackets, t.RxBytes - base.RxBytes, t.TxPackets - base.TxPackets, t.TxBytes - base.TxBytes,
		t.Drops - base.Drops, t.TxErrors - base.TxErrors, t.RxDown - base.RxDown, t.TxDrops - base.TxDrops,
	}
}

// IfTotals reads the counters of an interface.
func (g *Graph) IfTotals(swIf uint32) (t IfTotals) {
	for _, w := range g.Workers {
		rx, tx := &w.rows.Rx[swIf], &w.rows.Tx[swIf]
		t.RxPackets += rx.Packets.Load()
		t.RxBytes += rx.Bytes.Load()
		t.TxPackets += tx.Packets.Load()
		t.TxBytes += tx.Bytes.Load()
		t.Drops += w.rows.Drops[swIf].Load()
		t.TxErrors += w.rows.TxErrors[swIf].Load()
		t.RxDown += w.down[swIf].rx.Load()
		t.TxDrops += w.down[swIf].tx.Load()
	}
	return t
}

// Reason is the text of why a packet was dropped in a node: m.Reason where the node gave one, else the node's only
// counter, else "".
func (p *Plan) Reason(node uint16, reason uint8) string {
	c := p.Nodes[node].Counters
	switch {
	case reason != 0 && int(reason) <= len(c):
		return c[reason-1]
	case reason == strayReason:
		return Strays
	case len(c) == 1:
		return c[0]
	}
	return ""
}

package gvpp

import (
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/stats"
)

// nodeStatistics is what nodes cost, since the last clear runtime: columns are node ids, and behind them port-rx and port-tx.
// VPP samples these, too, and a packet's way is shorter so: a worker has a node's figures in one cache line, the segment in three.
type nodeStatistics struct {
	clocks, vectors, calls *stats.Counters
	base                   []graph.WorkerFigures // what clear runtime has left behind
	first                  int                   // row of worker 0
}

func declareNodes(ch *stats.Change, plan *graph.Plan, threads, first int) *nodeStatistics {
	var names []string
	for id := range plan.Nodes {
		names = append(names, plan.Nodes[id].Name)
	}
	names = append(names, "port-rx", "port-tx")
	list := ch.Names("/sys/node/names", len(names))
	add := func(name string) *stats.Counters {
		k := ch.Simple("/sys/node/"+name, threads, len(names), len(names))
		for id, node := range names {
			ch.Link(fit("/nodes/", stats.Part(node)+"/"+name), k, id)
		}
		return k
	}
	n := &nodeStatistics{clocks: add("clocks"), vectors: add("vectors"), calls: add("calls"), first: first}
	add("suspends") // no node of ours ever is
	for id, name := range names {
		ch.SetName(list, id, name)
	}
	return n
}

// sample stores the figures of all workers.
func (n *nodeStatistics) sample(workers []graph.WorkerFigures) {
	for w := range workers {
		nodes := workers[w].Nodes // port-rx first, port-tx last
		for i := range nodes {
			f := nodes[i]
			if n.base != nil {
				b := &n.base[w].Nodes[i]
				f.Clocks, f.Vectors, f.Calls = f.Clocks-b.Clocks, f.Vectors-b.Vectors, f.Calls-b.Calls
			}
			column := i - 1
			switch i {
			case 0:
				column = len(nodes) - 2
			case len(nodes) - 1:
				column = i
			}
			n.clocks.Set(w+n.first, column, f.Clocks)
			n.vectors.Set(w+n.first, column, f.Vectors)
			n.calls.Set(w+n.first, column, f.Calls)
		}
	}
}

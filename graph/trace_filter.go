package graph

import (
	"fmt"
	"slices"
)

// traceFilter says which packets a trace keeps: those that have met a node, or those that have not. Where one packet of a million is
// dropped, it is the one to look at; so what the nodes did with a packet is put aside until the packet has left the graph.
//
//	pick ──> block: the packet's records ──end──> kept: copied behind the trace's others · else forgotten
type traceFilter struct {
	node    uint16
	include bool
	count   int // packets kept, by worker
}

// maxAside is how many packets of a worker can be under way with their records put aside: a vector, and some that wait. More are not
// traced. A packet's records take 8 KiB.
const maxAside = VectorSize + 64

// aside is the records of packets that are under way. The worker's.
type aside struct {
	free   []int16
	blocks []traceBlock
}

type traceBlock struct {
	n       int
	records [maxPath]traceRecord
}

// TraceFilter makes traces that are added later keep only packets that have met a node, or with include false have not: count of each
// worker. The node "" ends that.
func (g *Graph) TraceFilter(node string, include bool, count int) error {
	var f *traceFilter
	if node != "" {
		id, ok := g.Plan.NodeID(node)
		if !ok {
			return fmt.Errorf("graph: no node %q to filter by; `show graph` lists them", node)
		}
		if count < 1 || count > maxTraceRecords {
			return fmt.Errorf("graph: keeping %d packets: want 1 to %d", count, maxTraceRecords)
		}
		f = &traceFilter{id, include, count}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.traceFilter = f
	return nil
}

func newAside() *aside {
	a := &aside{blocks: make([]traceBlock, maxAside)}
	for i := range a.blocks {
		a.free = append(a.free, int16(i))
	}
	return a
}

// take is an empty block, or none.
func (a *aside) take() int32 {
	if len(a.free) == 0 {
		return none
	}
	i := a.free[len(a.free)-1]
	a.free = a.free[:len(a.free)-1]
	a.blocks[i].n = 0
	return int32(i)
}

// slot is where the next record of a packet goes, or nil.
func (a *aside) slot(packet int32) *traceRecord {
	b := &a.blocks[packet]
	if b.n == len(b.records) {
		return nil
	}
	b.n++
	return &b.records[b.n-1]
}

// ended keeps or forgets what was put aside of a packet.
func (t *tracer) ended(worker int, packet int32) {
	wt := &t.workers[worker]
	b := &wt.aside.blocks[packet]
	records := b.records[:b.n]
	met := slices.ContainsFunc(records, func(r traceRecord) bool { return r.node == t.filter.node })
	at := int(wt.count.Load())
	if met == t.filter.include && int(wt.picked) < t.filter.count && at+b.n <= len(wt.records) {
		for i := range records {
			records[i].packet = wt.picked
		}
		copy(wt.records[at:], records)
		wt.picked++
		wt.count.Store(int32(at + b.n))
	}
	wt.aside.free = append(wt.aside.free, int16(packet))
}

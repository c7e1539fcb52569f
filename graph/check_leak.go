package graph

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// taken notes that a node has taken buffers with Worker.Alloc.
func (c *checker) taken(node uint16, bufs []buffer.Index) {
	for _, b := range bufs {
		c.last[b] = lastSeen{node: node, seen: true, taken: true}
	}
}

// leaks tells of the buffers that nobody has given back when all workers are closed, by the nodes that had them last.
func (c *checker) leaks(g *Graph) {
	var order []lastSeen
	lost := map[lastSeen][]buffer.Index{}
	for b, free := range freeBuffers(g.config.Pool) {
		l := c.last[b]
		if free || l.limbo {
			continue
		}
		l.poll, l.reason = 0, 0
		if lost[l] == nil {
			order = append(order, l)
		}
		lost[l] = append(lost[l], buffer.Index(b))
	}
	for _, l := range order {
		name, what := "", fmt.Sprintf("%d buffers are lost that no node has seen: a port has kept them, or others were freed twice, which panics at the second Free with -tags gvppdebug", len(lost[l]))
		if l.seen {
			n := &g.Plan.Nodes[l.node]
			name, what = n.Name, n.lossOf(len(lost[l]), &l)
		}
		f := faultOf(g.config.Pool, name, what, lost[l])
		if l.taken {
			f.Packets = nil // nothing that is known to be one
		}
		c.Fault(f)
	}
}

// lossOf says in words how buffers got lost that a node had last.
func (n *PlannedNode) lossOf(count int, l *lastSeen) string {
	leaks := fmt.Sprintf("leaks %d buffers", count)
	if count == 1 {
		leaks = "leaks 1 buffer"
	}
	switch {
	case l.taken:
		return leaks + ": taken with Worker.Alloc, and neither freed nor sent"
	case l.held:
		return leaks + ": it kept packets with " + Hold + ", and neither Poll nor Close has given them back"
	case len(n.dest) == 0:
		return leaks + ": it has no nexts, so it must end its packets, with Worker.Free, Drop or Transmit"
	}
	return leaks + ", or a port behind it does: it had them last"
}

// freeBuffers says of each buffer whether it is free.
func freeBuffers(p *buffer.Pool) []bool {
	free, c, bufs := make([]bool, p.Len()), p.NewCache(), make([]buffer.Index, p.Len())
	bufs = bufs[:c.Alloc(bufs)]
	for _, b := range bufs {
		free[b] = true
	}
	c.Free(bufs)
	c.Close()
	return free
}

package graph

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// leaks tells of the buffers that nobody has given back when all workers are closed, by the nodes that had them last.
func (c *checker) leaks(g *Graph) {
	var order []lastSeen
	lost := map[lastSeen][]buffer.Index{}
	for b, free := range freeBuffers(g.config.Pool) {
		l := c.last[b]
		if free || l.limbo {
			continue
		}
		l.poll = 0
		if lost[l] == nil {
			order = append(order, l)
		}
		lost[l] = append(lost[l], buffer.Index(b))
	}
	for _, l := range order {
		name, what := "", fmt.Sprintf("%d buffers are lost that no node has seen, or others were freed twice. Worker.Alloc gives those that must be freed or sent; with -tags gvppdebug the second Free panics", len(lost[l]))
		if l.seen {
			n := &g.Plan.Nodes[l.node]
			name, what = n.Name, n.lossOf(len(lost[l]), l.held)
		}
		c.Fault(faultOf(g.config.Pool, name, what, lost[l]))
	}
}

// lossOf says in words how buffers got lost that a node had last.
func (n *PlannedNode) lossOf(count int, held bool) string {
	leaks := fmt.Sprintf("leaks %d buffers", count)
	if count == 1 {
		leaks = "leaks 1 buffer"
	}
	switch {
	case held:
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

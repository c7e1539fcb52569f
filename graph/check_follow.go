package graph

import "github.com/gvpp/gvpp/dataplane/buffer"

// Followed is the number that the trace has for a packet that is in the graph, or about to leave it: its place in Trace. It is for
// who drives a graph of one worker by hand, and sees packets on the packet path and tells later what became of each.
func (g *Graph) Followed(m *buffer.Meta) (packet int, ok bool) {
	t := g.Workers[0].followers
	if t == nil || t.w.watching.trace == nil || t.w.watching.trace.filter != nil {
		return 0, false
	}
	if e := t.of(m); e != nil && e.packet != none {
		return int(e.packet), true
	}
	return 0, false
}

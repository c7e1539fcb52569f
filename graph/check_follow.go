package graph

import "github.com/gvpp/gvpp/dataplane/buffer"

// Followed is the number that the trace has for a packet of a worker: its place in Trace. It is for those who see packets on the
// packet path and tell later what became of each.
func (g *Graph) Followed(m *buffer.Meta) (packet int, ok bool) {
	if t := g.tracing.Load(); t != nil && t.follows(m) {
		return int(uint16(m.Trace)), true
	}
	return 0, false
}

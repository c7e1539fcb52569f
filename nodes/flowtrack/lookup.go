package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// lookup is flow-lookup on one worker: it finds the sessions of a vector, all at once.
type lookup struct {
	*Plugin
	b4       flow.Batch[flow.Key4]
	b6       flow.Batch[flow.Key6]
	at4, at6 [graph.VectorSize]uint8 // by place in the batch: place in the vector
}

// Process has three stages: keys of all packets, the lookup of each family, the sessions into the metadata.
func (n *lookup) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	n4, n6 := n.keys(w, bufs)
	if n4 > 0 {
		n.table4.Lookup(&n.b4, n4)
		for i, at := range n.at4[:n4] {
			if x := n.b4.Index[i]; x != flow.None {
				n.found(w, w.Meta(bufs[at]), x, n.table4.State(x))
			}
		}
	}
	if n6 > 0 {
		n.table6.Lookup(&n.b6, n6)
		for i, at := range n.at6[:n6] {
			if x := n.b6.Index[i]; x != flow.None {
				n.found(w, w.Meta(bufs[at]), x, n.table6.State(x))
			}
		}
	}
}

// keys fills the batches with the packets that can have a session and were not looked up before.
func (n *lookup) keys(w *graph.Worker, bufs []buffer.Index) (n4, n6 int) {
	for i, b := range bufs {
		m := w.Meta(b)
		if m.Flags&buffer.FlagLooked != 0 {
			continue
		}
		m.Flags |= buffer.FlagLooked
		p := w.Bytes(b)
		e, ok := endpointsOf(p, m)
		if !ok {
			continue
		}
		m.Flags |= buffer.FlagSessions
		var reversed bool
		if m.IsIP4 {
			n.b4.Keys[n4], reversed = key4(p, m, &e)
			n.at4[n4] = uint8(i)
			n4++
		} else {
			n.b6.Keys[n6], reversed = key6(p, m, &e)
			n.at6[n6] = uint8(i)
			n6++
		}
		if reversed {
			m.Flags |= buffer.FlagReversed
		}
	}
	return n4, n6
}

// found writes session x into the metadata, unless it is over: then it is as if it had not been found.
func (p *Plugin) found(w *graph.Worker, m *buffer.Meta, x uint32, s *flow.State) {
	word := s.LoadWord()
	if p.timeouts.expired(word, s.LoadLastSeen(), tickOf(w.Now())) || isReopen(word, m) {
		p.remove(m, x)
		return
	}
	p.mark(m, x, word)
}

// mark makes x the packet's session, whose state it is in unless flow-track moves it.
func (p *Plugin) mark(m *buffer.Meta, x, word uint32) {
	m.Flow, m.State = x, uint8(stateOf(word))
	m.Flags |= buffer.FlagHasFlow
	if (word&wordReversed != 0) != (m.Flags&buffer.FlagReversed != 0) {
		m.Flags |= buffer.FlagReply
	}
}

func (p *Plugin) remove(m *buffer.Meta, x uint32) {
	if m.IsIP4 {
		p.table4.Remove(x)
	} else {
		p.table6.Remove(x)
	}
}

package classify

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

const (
	nonIPContinue graph.Next = iota
	nonIPDrop
)

// nonIP is classify-non-ip: frames that are not IP pass or drop, by the interface they came from.
type nonIP struct{ *view }

func (n *nonIP) Process(w *graph.Worker, f *graph.Frame) {
	rs := n.ruleset(w)
	t := tally{slots: rs.counters[w.ID()]}
	dropped := 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := w.Meta(b)
		if int(m.RxIf) >= len(rs.nonIP) || !rs.points[pointOf(m.RxIf, In)].active {
			continue
		}
		v := rs.nonIP[m.RxIf]
		m.Verdict, m.Node = byNonIP, w.Node()
		t.count(v.slot, m.Len)
		if v.action == Drop {
			nexts[i] = nonIPDrop
			m.Reason = 1
			dropped++
		}
	}
	t.flush()
	w.Count(0, dropped)
}

func nonIPTrace(m *buffer.Meta, _ []byte) string {
	if m.Reason != 0 {
		return "not IP: dropped"
	}
	return "not IP"
}

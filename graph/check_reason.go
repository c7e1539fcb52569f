package graph

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// hideReasons takes away what earlier nodes have left in Meta.Reason, so that it is seen what this one says of its drops.
func (x *watched) hideReasons(bufs []buffer.Index) {
	if !x.asksWhy {
		return
	}
	for _, b := range bufs {
		m := x.w.Meta(b)
		x.last[b].reason, m.Reason = m.Reason, 0
	}
}

// reasons tells, once, that the node drops packets without a word, and gives the others back what hideReasons has taken. A node with
// one counter need not say anything: that is the reason, then.
func (x *watched) reasons(f *Frame) {
	if !x.asksWhy {
		return
	}
	var mute []buffer.Index
	for i, b := range f.bufs[:f.n] {
		m := x.w.Meta(b)
		switch d := x.node.dest[f.nexts[i]]; {
		case d == dest{toNode, x.w.g.Plan.drop}:
			if m.Reason == 0 || int(m.Reason) > len(x.node.Counters) {
				mute = append(mute, b)
			}
		case d.kind != toHold && m.Reason == 0: // what it holds is its own
			m.Reason = x.last[b].reason
		}
	}
	if len(mute) > 0 && !x.told {
		x.told = true
		x.fault(fmt.Sprintf("drops packets without saying why: set Meta.Reason to the counter's number + 1, as in w.Meta(b).Reason = uint8(errX) + 1, or traces show no reason; %s",
			enum(x.node.Counters, "it has none")), mute)
	}
}

package replay

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// A packet mostly comes to its end before the next one is read. A fragment may wait for others: then its verdict is written
// later, when it ends too, or at the end of all.

// received numbers a packet.
func (p *player) received(m *buffer.Meta) { m.User = uint32(p.v.n) }

// ended finds the verdict of a packet that comes to its end.
func (p *player) ended(m *buffer.Meta) *verdict {
	if m.User == uint32(p.v.n) {
		p.ends++
		return &p.v
	}
	v := p.held[m.User]
	if v == nil {
		p.err = errors.Join(p.err, fmt.Errorf("packet %d came to another end: the graph is broken", m.User))
		return &verdict{}
	}
	delete(p.held, m.User)
	return v
}

// giveUp writes the verdicts of packets that wait for what never came.
func (p *player) giveUp() (err error) {
	for _, n := range slices.Sorted(maps.Keys(p.held)) {
		v := p.held[n]
		v.verdict, v.node, v.reason = "drop", "virtual-reassembly", "incomplete datagram"
		p.sum.Dropped++
		err = errors.Join(err, p.write(v))
	}
	return err
}

// sent sees a packet leave by interface number i, at the time of the latest one.
func (p *player) sent(i int, pool *buffer.Pool, b buffer.Index) {
	m := pool.Meta(b)
	v := p.ended(m)
	v.verdict, v.out = "pass", p.names[i]
	if classify.IsRedirect(m.Verdict) {
		v.verdict = "redirect"
		p.sum.Redirected++
	} else {
		p.sum.Passed++
	}
	if v.reason = classify.Reason(m.Verdict); v.reason != "" {
		v.node = p.dp.Graph().Plan.Nodes[m.Node].Name
	}
	p.decide(v, m)
	if w := p.writers[p.names[i]]; w != nil {
		if err := w.Write(p.v.ts, pool.Bytes(b), 0); err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("packet %d: %w", v.n, err))
		}
	}
}

// dropped sees a packet end in the graph.
func (p *player) dropped(b buffer.Index) {
	m := p.dp.Buffers().Meta(b)
	v := p.ended(m)
	plan := p.dp.Graph().Plan
	v.verdict, v.node = "drop", plan.Nodes[m.Node].Name
	v.reason = plan.Reason(m.Node, m.Reason)
	if r := classify.Reason(m.Verdict); r != "" && isClassify(v.node) {
		v.reason = r
	}
	p.sum.Dropped++
	p.decide(v, m)
}

func isClassify(node string) bool {
	return node == "pkt-classify" || node == "pkt-classify-out" || node == "classify-non-ip"
}

// decide writes the verdict, with rule and session.
func (p *player) decide(v *verdict, m *buffer.Meta) {
	p.describe(v, m)
	p.err = errors.Join(p.err, p.write(v))
}

// describe notes rule and session.
func (p *player) describe(v *verdict, m *buffer.Meta) {
	if v.hasRule = classify.HasRule(m.Verdict); v.hasRule {
		v.rule = m.Rule
	}
	if v.hasFlow = m.Flags&buffer.FlagHasFlow != 0; !v.hasFlow {
		return
	}
	v.flow = p.tracker.Number(m.IsIP6, m.Flow)
	v.dir = "orig"
	if m.Flags&buffer.FlagReply != 0 {
		v.dir = "reply"
	}
	v.state = flowtrack.State(m.State).String()
}

package ethernet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// RewriteOp is what is done to the tags of a received frame; what is sent gets the opposite. The numbers are VPP's.
type RewriteOp uint32

// The operations.
const (
	RewriteNone RewriteOp = iota
	Push1
	Push2
	Pop1
	Pop2
	Translate11 // one tag becomes another
	Translate12 // one tag becomes two
	Translate21
	Translate22
	numOps
)

// rewriteOps is by operation what it is called, and how many tags it takes away and puts in their place.
var rewriteOps = [numOps]struct {
	name      string
	pop, push int
}{
	{"disable", 0, 0}, {"push", 0, 1}, {"push", 0, 2}, {"pop 1", 1, 0}, {"pop 2", 2, 0},
	{"translate 1-1", 1, 1}, {"translate 1-2", 1, 2}, {"translate 2-1", 2, 1}, {"translate 2-2", 2, 2},
}

// Rewrite is how an interface's tags are rewritten while it is a wire.
type Rewrite struct {
	Op    RewriteOp
	Dot1Q bool // the first tag that is put in is 802.1Q's, else 802.1ad's; the second always is
	Tag1  uint16
	Tag2  uint16 // both are VLANs, 0 to MaxVLAN
}

// ErrRewriteOp is for an operation that there is not.
var ErrRewriteOp = errors.New("want 0 to 8")

// String is the rewriting in the words of set interface l2 tag-rewrite.
func (r Rewrite) String() string {
	if r.Op >= numOps {
		return fmt.Sprintf("operation %d", r.Op)
	}
	o := &rewriteOps[r.Op]
	s := o.name
	if o.push > 0 {
		kind := " dot1ad"
		if r.Dot1Q {
			kind = " dot1q"
		}
		s += fmt.Sprintf("%s %d", kind, r.Tag1)
	}
	if o.push > 1 {
		s += fmt.Sprintf(" %d", r.Tag2)
	}
	return s
}

// Short is the rewriting in the words of VPP's show bridge-domain.
func (r Rewrite) Short() string {
	if r.Op == RewriteNone || r.Op >= numOps {
		return "none"
	}
	names := [numOps]string{Push1: "push-1", Push2: "push-2", Pop1: "pop-1", Pop2: "pop-2", Translate11: "trans-1-1", Translate12: "trans-1-2", Translate21: "trans-2-1", Translate22: "trans-2-2"}
	return names[r.Op] + strings.TrimPrefix(r.String(), rewriteOps[r.Op].name)
}

// SetRewrite makes an interface rewrite tags, or ends that. It is effective while the interface is a wire.
func (p *Plugin) SetRewrite(ctx context.Context, swIf uint32, r Rewrite) error {
	if r.Op >= numOps {
		return fmt.Errorf("ethernet: tag rewriting operation %d: %w", r.Op, ErrRewriteOp)
	}
	if r.Tag1 > MaxVLAN || r.Tag2 > MaxVLAN {
		return fmt.Errorf("ethernet: tags %d and %d: want 0 to %d", r.Tag1, r.Tag2, MaxVLAN)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.dp.Link(swIf); !ok { // under mu: one that is removed is gone before forget is called
		return fmt.Errorf("ethernet: no interface with sw_if_index %d; see `show interface`", swIf)
	}
	s := p.subs[swIf]
	if has, want := s.named(), rewriteOps[r.Op].pop; has < want {
		return fmt.Errorf("ethernet: %v of %s, which names %d tags: %w", r, p.dp.InterfaceName(swIf), has, ErrTagCount)
	}
	if r.Op == RewriteNone {
		delete(p.tags, swIf)
	} else {
		p.tags[swIf] = r
	}
	p.publishRewrites()
	if err := p.enableRewrite(swIf); err != nil {
		return err
	}
	return p.dp.Published(ctx)
}

// RewriteOf is how an interface rewrites tags; its Op is RewriteNone where it does not.
func (p *Plugin) RewriteOf(swIf uint32) Rewrite {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tags[swIf]
}

// enableRewrite puts the nodes onto the interface's arcs, or takes them off. p.mu is held.
func (p *Plugin) enableRewrite(swIf uint32) error {
	_, set := p.tags[swIf]
	e := p.table.Load().at(swIf)
	for _, arc := range rewrittenArcs {
		if _, err := p.dp.SetFeature(arc.Name, "l2-input-vtr", swIf, set && e.wire); err != nil {
			return err
		}
	}
	_, err := p.dp.SetFeature("interface-output", "l2-output-vtr", swIf, set && !e.routed)
	return err
}

// rewrites is what the nodes do, by sw_if_index: an immutable snapshot.
type rewrites []struct{ in, out swap }

// swap is what is done to the tags of a frame.
type swap struct {
	pop, push uint16 // bytes
	tags      [8]byte
}

// publishRewrites publishes them all. p.mu is held.
func (p *Plugin) publishRewrites() {
	var list rewrites
	for swIf, r := range p.tags {
		if n := int(swIf) + 1 - len(list); n > 0 {
			list = append(list, make(rewrites, n)...)
		}
		s := p.subs[swIf]
		list[swIf].in, list[swIf].out = r.swaps(&s.Match)
	}
	p.rewrites.Store(&list)
}

// swaps is what a rewriting does to what is received, and to what is sent: there the tags that were taken away are those of the
// sub-interface.
func (r *Rewrite) swaps(m *Match) (in, out swap) {
	o := &rewriteOps[r.Op]
	in.pop, in.push = uint16(4*o.pop), uint16(4*o.push)
	tags := []Tag{{0x88a8, r.Tag1}, {0x8100, r.Tag2}}[:o.push]
	if r.Dot1Q && len(tags) > 0 {
		tags[0].Type = 0x8100
	}
	copy(in.tags[:], tagBytes(tags))
	out.pop, out.push = in.push, in.pop
	copy(out.tags[:], m.Header())
	return in, out
}

// apply changes a frame's tags and says whether it had as many as are to be taken away.
func (s *swap) apply(v buffer.View, b buffer.Index, m *buffer.Meta) bool {
	if m.VLANs < uint8(s.pop/4) || m.Off+s.pop < s.push || m.Len < 14+s.pop {
		return false
	}
	old := (*[12]byte)(v.Bytes(b, m))
	first, last := binary.LittleEndian.Uint64(old[:]), binary.LittleEndian.Uint32(old[8:])
	d := s.push - s.pop // as 16 bits, which may be below zero
	m.Off -= d
	m.Len += d
	m.L3 += d
	m.L4 += d
	m.End += d
	m.VLANs += uint8(d) / 4
	p := v.Bytes(b, m)
	switch {
	case s.push == 4 && len(p) >= 16:
		copy(p[12:16], s.tags[:4])
	case s.push == 8 && len(p) >= 20:
		copy(p[12:20], s.tags[:])
	}
	binary.LittleEndian.PutUint64(p, first)
	binary.LittleEndian.PutUint32(p[8:], last)
	return true
}

// rewrittenArcs are the arcs that a wire's frames are on when it has received them.
var rewrittenArcs = []graph.Arc{{Name: InputArc}, {Name: "ip4-unicast"}, {Name: "ip6-unicast"}}

// Last is the part of the plugin that is registered behind all others, so that its node comes last on its arcs.
func (p *Plugin) Last() plugin.Plugin { return last{p} }

type last struct{ *Plugin }

// Register implements plugin.Plugin.
func (l last) Register(r *plugin.Registry) {
	r.Node(l.rewriteNode("l2-input-vtr", true, rewrittenArcs...))
}

const (
	nextOn graph.Next = iota
	nextFewTags
)

// rewriteNode is a node that changes tags, of received frames or of those to send.
func (p *Plugin) rewriteNode(name string, in bool, arcs ...graph.Arc) graph.Spec {
	return graph.Spec{
		Name:     name,
		Nexts:    graph.Nexts{nextOn: graph.Continue, nextFewTags: graph.ErrorDrop},
		Counters: graph.Counters{"fewer VLAN tags than are to be taken away"},
		MoreArcs: arcs,
		New:      func(*graph.Worker) graph.Processor { return &rewriter{p, in} },
		Trace: func(m *buffer.Meta, _ []byte) string {
			swIf := m.TxIf
			if in {
				swIf = m.RxIf
			}
			return fmt.Sprintf("%s: %v, %d tags", p.dp.InterfaceName(swIf), p.RewriteOf(swIf), m.VLANs)
		},
	}
}

// rewriter is such a node on one worker.
type rewriter struct {
	*Plugin
	in bool
}

func (n *rewriter) Process(w *graph.Worker, f *graph.Frame) {
	few := 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	list := *n.rewrites.Load()
	for i, b := range bufs {
		m := v.Meta(b)
		swIf := m.TxIf
		if n.in {
			swIf = m.RxIf
		}
		if int(swIf) >= len(list) { // just ended
			continue
		}
		s := &list[swIf].out
		if n.in {
			s = &list[swIf].in
		}
		if !s.apply(v, b, m) {
			nexts[i], m.Reason = nextFewTags, 1
			few++
		}
	}
	w.Count(0, few)
}

package l2

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// none in a table means: not cross-connected.
const none = ^uint32(0)

const (
	nextOutput graph.Next = iota
	nextDrop
)

const errGone graph.Counter = iota

func (p *Plugin) connectSpec() graph.Spec {
	return graph.Spec{
		Name:     "l2-xconnect",
		Nexts:    graph.Nexts{nextOutput: graph.ArcStart("interface-output"), nextDrop: graph.ErrorDrop},
		Ends:     inputArcs,
		Counters: graph.Counters{errGone: "cross-connect was just removed"},
		New:      func(*graph.Worker) graph.Processor { return &node{p} },
		Trace: func(m *buffer.Meta, _ []byte) string {
			if m.TxIf == 0 {
				return "from " + p.dp.InterfaceName(m.RxIf)
			}
			return fmt.Sprintf("%s -> %s, sw_if_index %d -> %d", p.dp.InterfaceName(m.RxIf), p.dp.InterfaceName(m.TxIf), m.RxIf, m.TxIf)
		},
	}
}

type node struct{ *Plugin }

func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	table := *n.connects.Load()
	gone := 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := w.Meta(b)
		if int(m.RxIf) >= len(table) || table[m.RxIf] == none {
			nexts[i] = nextDrop
			gone++
			continue
		}
		m.TxIf = table[m.RxIf]
	}
	w.Count(errGone, gone)
}

// CrossConnect makes everything that a receives leave by b. The other way is set along with it, unless b has been
// cross-connected elsewhere by a call of its own; where a led elsewhere before, a way back that was only set along with
// that one ends. It returns when all workers do so.
func (p *Plugin) CrossConnect(ctx context.Context, a, b uint32) error {
	return p.connect(ctx, a, b, true)
}

// CrossConnectOneWay is CrossConnect without the way back, as VPP's is: b does with what it receives what it did before.
func (p *Plugin) CrossConnectOneWay(ctx context.Context, a, b uint32) error {
	return p.connect(ctx, a, b, false)
}

// connect cross-connects a to b, and with back b to a.
func (p *Plugin) connect(ctx context.Context, a, b uint32, back bool) error {
	if a == b {
		return errors.New("l2: an interface cannot be cross-connected to itself")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, swIf := range []uint32{a, b} { // under mu: an interface that is removed has lost its name before forget is called
		if err := p.exists(swIf); err != nil {
			return err
		}
	}
	if old, ok := p.Peer(a); ok && old != b && !p.explicit[old] {
		if err := p.release(ctx, old); err != nil {
			return err
		}
	}
	if err := p.leaveDomain(ctx, a); err != nil {
		return err
	}
	p.set(a, b)
	p.explicit[a] = true
	ends := []uint32{a}
	if back && !p.explicit[b] {
		if err := p.leaveDomain(ctx, b); err != nil {
			return err
		}
		p.set(b, a)
		ends = append(ends, b)
	}
	for _, swIf := range ends {
		if err := p.moveEnds(swIf, "l2-xconnect"); err != nil {
			return err
		}
	}
	return p.dp.Published(ctx)
}

// Disconnect ends the cross-connect of a, and that of the interface it sends to where it leads back to a.
func (p *Plugin) Disconnect(ctx context.Context, a uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.Peer(a)
	if !ok {
		return fmt.Errorf("l2: interface %q is not cross-connected: see `show l2 xconnect`", p.dp.InterfaceName(a))
	}
	ends := []uint32{a}
	if back, ok := p.Peer(b); ok && back == a {
		ends = append(ends, b)
	}
	return p.release(ctx, ends...)
}

// DisconnectOneWay ends the cross-connect of a, if there is one, and no other.
func (p *Plugin) DisconnectOneWay(ctx context.Context, a uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.Peer(a); !ok {
		return nil
	}
	return p.release(ctx, a)
}

// All is the cross-connects: pairs of who receives and where that is sent, by the first's sw_if_index.
func (p *Plugin) All() iter.Seq2[uint32, uint32] {
	return func(yield func(a, b uint32) bool) {
		for a, b := range *p.connects.Load() {
			if b != none && !yield(uint32(a), b) {
				return
			}
		}
	}
}

// release ends cross-connects: first the arcs' ends, so that nothing goes to a cross-connect that is gone. p.mu is held.
func (p *Plugin) release(ctx context.Context, list ...uint32) error {
	for _, swIf := range list {
		if err := p.moveEnds(swIf, ""); err != nil {
			return err
		}
	}
	err := p.dp.Published(context.WithoutCancel(ctx)) // it is begun, and goes on to its end
	for _, swIf := range list {
		p.set(swIf, none)
		delete(p.explicit, swIf)
	}
	return err
}

// Peer is the interface that a sends to.
func (p *Plugin) Peer(a uint32) (b uint32, ok bool) {
	t := *p.connects.Load()
	if int(a) >= len(t) || t[a] == none {
		return 0, false
	}
	return t[a], true
}

// Any reports whether there is any cross-connect.
func (p *Plugin) Any() bool {
	for range p.All() {
		return true
	}
	return false
}

// set publishes a new table; p.mu is held.
func (p *Plugin) set(a, b uint32) {
	t := append([]uint32(nil), *p.connects.Load()...)
	for len(t) <= int(a) {
		t = append(t, none)
	}
	t[a] = b
	p.connects.Store(&t)
}

package acl

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/plugin"
)

// Ethertypes: on an interface that has lists, what is not IP passes, unless there are ethertypes that are to pass: then no other does.
// Two nodes see to that, named and placed as VPP's.

// maxEtypes bounds the ethertypes of an interface, both directions together: the messages count them in 8 bits.
const maxEtypes = 255

// etypes is the ethertypes that pass, by direction and sw_if_index; nil: all.
type etypes [2][][]uint16

// of is those of an interface.
func (e *etypes) of(d classify.Direction, swIf uint32) []uint16 {
	if e == nil || uint64(swIf) >= uint64(len(e[d])) {
		return nil
	}
	return e[d][swIf]
}

// etypeNodes are the nodes' names and arcs, by direction.
var etypeNodes = [2]struct{ name, arc string }{
	classify.In: {"acl-plugin-in-nonip-l2", "l2-input"}, classify.Out: {"acl-plugin-out-nonip-l2", "interface-output"},
}

const (
	etypePass graph.Next = iota
	etypeDrop
)

const errEtype graph.Counter = iota

// registerEtypes declares the nodes.
func (p *Plugin) registerEtypes(r *plugin.Registry) {
	for d, n := range etypeNodes {
		r.Node(graph.Spec{
			Name:     n.name,
			Nexts:    graph.Nexts{etypePass: graph.Continue, etypeDrop: graph.ErrorDrop},
			Counters: graph.Counters{errEtype: "ethertype is not in the interface's list"},
			Arc:      graph.Arc{Name: n.arc},
			New:      func(*graph.Worker) graph.Processor { return &etypeNode{&p.etypes, classify.Direction(d)} },
			Trace: func(m *buffer.Meta, _ []byte) string {
				return fmt.Sprintf("acl-plugin: ethertype 0x%04x", m.EtherType)
			},
		})
	}
}

// etypeNode drops frames that are not IP and of no ethertype that may pass.
type etypeNode struct {
	lists     *atomic.Pointer[etypes] // published
	direction classify.Direction
}

// Process implements graph.Processor.
func (n *etypeNode) Process(w *graph.Worker, f *graph.Frame) {
	lists, dropped := n.lists.Load(), 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := w.Meta(b)
		if m.IsIP4 || m.IsIP6 {
			continue
		}
		swIf := m.RxIf
		if n.direction == classify.Out {
			swIf = m.TxIf
		}
		if list := lists.of(n.direction, swIf); len(list) > 0 && !slices.Contains(list, m.EtherType) {
			nexts[i] = etypeDrop
			m.Reason = uint8(errEtype) + 1
			dropped++
		}
	}
	w.Count(errEtype, dropped)
}

// SetEtypes says which ethertypes besides IP's pass at an interface where lists are applied, as it receives and as it sends; none:
// all. It returns when all workers act on it.
func (p *Plugin) SetEtypes(ctx context.Context, swIf uint32, in, out []uint16) error {
	if n := len(in) + len(out); n > maxEtypes {
		return api.Wrap(api.InvalidValue, fmt.Errorf("acl: %d ethertypes on an interface; at most %d", n, maxEtypes))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.here(swIf) {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("acl: there is no interface with sw_if_index %d", swIf))
	}
	p.publishEtypes(swIf, in, out)
	if err := p.enableEtypes(swIf); err != nil {
		return err
	}
	return p.dp.Published(context.WithoutCancel(ctx))
}

// publishEtypes gives an interface its ethertypes. p.mu is held.
func (p *Plugin) publishEtypes(swIf uint32, in, out []uint16) {
	next := new(etypes)
	old := p.etypes.Load()
	for d, list := range [2][]uint16{in, out} {
		if old != nil {
			next[d] = slices.Clone(old[d])
		}
		if more := int(swIf) + 1 - len(next[d]); more > 0 {
			next[d] = append(next[d], make([][]uint16, more)...)
		}
		next[d][swIf] = slices.Clone(list)
	}
	p.etypes.Store(next)
}

// enableEtypes has the nodes see an interface's packets where it has lists and ethertypes. p.mu is held.
func (p *Plugin) enableEtypes(swIf uint32) error {
	now := p.etypes.Load()
	if now == nil {
		return nil
	}
	var applied Applied
	if a := p.applied[swIf]; a != nil {
		applied = a.Applied
	}
	for d, lists := range [2][]uint32{classify.In: applied.In, classify.Out: applied.Out} {
		on := len(lists) > 0 && len(now.of(classify.Direction(d), swIf)) > 0
		if _, err := p.dp.SetFeature(etypeNodes[d].arc, etypeNodes[d].name, swIf, on); err != nil {
			return fmt.Errorf("acl: %w", err)
		}
	}
	return nil
}

// Etypes is which ethertypes pass at an interface; none: all.
func (p *Plugin) Etypes(swIf uint32) (in, out []uint16) {
	now := p.etypes.Load()
	return now.of(classify.In, swIf), now.of(classify.Out, swIf)
}

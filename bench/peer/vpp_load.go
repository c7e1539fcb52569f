package peer

import (
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// vppGenerator is VPP's packet generator among the nodes.
const vppGenerator = "pg-input"

// VPPLoad is VPP with its packet generator at full rate, the generator included: packets of the text, Ethernet and IPv4, which go
// through the same graph as VPPGraph's, stateful with its ACL plugin.
func VPPLoad(o measure.Options, data string, stateful bool) measure.Subject {
	s := VPPGraphSetting{Flows: 1, Filter: VPPForward, Data: data}
	if stateful {
		s.Filter = VPPStateful
	}
	g, err := startVPPGraph(o, s)
	if err == nil {
		if err = g.pause(); err != nil {
			err = errors.Join(err, g.end())
		}
	}
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	return measure.Subject{Name: vppName, Round: g.loadRound, Close: g.end}
}

// loadRound is round with the generator's own cost.
func (g *vppGraph) loadRound() (out []measure.Sample, err error) {
	w, err := g.hits()
	if err != nil {
		return nil, err
	}
	if w.share < vppLeastShare {
		return nil, fmt.Errorf("%w: vpp's worker had %.0f %% of its core", measure.ErrUnfit, 100*w.share)
	}
	sum, err := w.runtime.perPacket(vppEntry)
	if err != nil {
		return nil, err
	}
	gen, ok := w.runtime.node(vppGenerator)
	if !ok {
		return nil, fmt.Errorf("vpp's %s has made no packets", vppGenerator)
	}
	out = append(out, perPacket("loop", (sum+gen.clocks)*w.share)...)
	return append(out, perPacket("sum of nodes", sum*w.share)[1]), nil
}

// hits lets the stream hit go on for a while and watches.
func (g *vppGraph) hits() (w vppWindow, err error) {
	if err := g.resume(); err != nil {
		return w, err
	}
	err = g.set([]string{"packet-generator enable-stream hit"})
	if err == nil {
		time.Sleep(vppWarmUp)
		w, err = g.watch(func() error { time.Sleep(vppMeasure); return nil })
	}
	if err == nil {
		err = g.set([]string{"packet-generator disable-stream hit"})
	}
	return w, errors.Join(err, g.pause())
}

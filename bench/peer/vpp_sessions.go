package peer

import (
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// VPPChurn is what a new session of the ACL plugin costs: its table is emptied, then as many packets as there are flows, each
// the first of its flow, make a session each. The samples are the clocks of the plugin's node per packet and of all nodes;
// the rate is what the whole graph would reach on a core of its own.
func VPPChurn(o measure.Options, flows int) measure.Subject {
	g, err := newVPPGraph(o, VPPGraphSetting{Flows: flows, Filter: VPPStateful})
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	return measure.Subject{Name: vppName, Round: g.churnRound, Close: g.end}
}

func (g *vppGraph) churnRound() (out []measure.Sample, err error) {
	if err := g.resume(); err != nil {
		return nil, err
	}
	var w vppWindow
	if err = g.forget(); err == nil {
		w, err = g.watch(g.fill)
	}
	if err = errors.Join(err, g.pause()); err != nil {
		return nil, err
	}
	return w.churnSamples(g.Flows)
}

// forget empties the session table. The plugin's cleaner does it in the background.
func (g *vppGraph) forget() error {
	if _, err := g.run("clear acl-plugin sessions"); err != nil {
		return err
	}
	n := -1
	for deadline := time.Now().Add(vppCommandPatience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if n, err = g.aclSessions(); err != nil || n == 0 {
			return err
		}
	}
	return fmt.Errorf("vpp has %d sessions %v after they were cleared", n, vppCommandPatience)
}

func (w vppWindow) churnSamples(flows int) ([]measure.Sample, error) {
	all, err := w.samples(VPPStateful)
	if err != nil {
		return nil, err
	}
	in, _ := w.runtime.node(vppEntry)
	if in.vectors != uint64(flows) {
		return nil, fmt.Errorf("vpp has seen %d packets, of %d flows", in.vectors, flows)
	}
	sum, err := w.runtime.perPacket(vppEntry)
	return append(all, measure.Sample{Metric: "rate", Unit: "M sessions/s", Value: cycles.PerSecond() / (sum * w.share) / 1e6}), err
}

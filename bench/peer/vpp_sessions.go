package peer

import (
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// VPPChurn is what a new session of the ACL plugin costs: in a vpp that has just been started, as many packets as there are flows,
// each the first of its flow, make a session each. The samples are the clocks of the plugin's node per packet and of all
// nodes; the rate is what the whole graph would reach on a core of its own. VPP has touched the memory of its tables before: its
// resident size does not change. Each round starts a vpp: the ACL plugin takes many minutes to forget a million sessions.
func VPPChurn(o measure.Options, flows int) measure.Subject {
	s := VPPGraphSetting{Flows: flows, Filter: VPPStateful}
	g, err := startVPPGraph(o, s)
	if err == nil {
		err = g.end()
	}
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	return measure.Subject{Name: vppName, Round: func() ([]measure.Sample, error) { return churn(o, s) }}
}

func churn(o measure.Options, s VPPGraphSetting) ([]measure.Sample, error) {
	g, err := startVPPGraph(o, s)
	if err != nil {
		return nil, err
	}
	w, err := g.watch(g.fill)
	if err = errors.Join(err, g.end()); err != nil {
		return nil, err
	}
	return w.churnSamples(s.Flows)
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

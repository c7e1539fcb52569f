package peer

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// VPPGraphSetting is a setting of the graph scenario: the packet generator sends 64-byte UDP packets of Flows flows, in random
// order, to ethernet-input of one interface, and another interface of its takes what has been routed.
type VPPGraphSetting struct {
	Flows  int
	Filter VPPFilter
	Rules  []tuplemerge.Rule // ahead of the one that permits all; only with a filter
	Vector int               // at most so many packets in a vector; 0: VPP's 256

	// Packets, if any, are sent instead of those of Flows, one after the other and from the beginning again: Ethernet, IPv4
	// without options. What VPP does not forward (multicast) is left out.
	Packets [][]byte

	Data  string   // if any, the text of the packets instead of those of Flows
	Lines []string // commands that come behind the setting's own
}

// The addresses of the packets: as our own source has them.
const (
	vppVector    = 256
	vppSourceMAC = "02:00:00:00:00:01"
	vppInMAC     = "02:fe:00:00:00:01"
	vppOutMAC    = "02:fe:00:00:00:02"
	vppNextMAC   = "02:00:00:00:00:02"
	vppFlowsMost = 1 << 24 // addresses in 10.0.0.0/8
)

// vppEntry is the first node that packets pass after the generator's own.
const vppEntry = "ethernet-input"

// How long a round's measurement takes, and how long packets flow before it.
const (
	vppWarmUp  = 100 * time.Millisecond
	vppMeasure = 400 * time.Millisecond
)

// A round in which the worker had less of its core than that says nothing.
const vppLeastShare = 0.3

// VPPGraph is VPP's graph without I/O. Its samples are the clocks of all nodes from ethernet-input to the second interface's
// output, and those of the ACL plugin's node, per packet: clocks of the TSC as `show runtime` has them, times the share of its
// core that the worker had, since they run on while somebody else has it. The generator is not in the sum.
func VPPGraph(o measure.Options, s VPPGraphSetting) measure.Subject {
	g, err := newVPPGraph(o, s)
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	return measure.Subject{Name: vppName, Round: g.round, Close: g.end}
}

// vppGraph is a vpp with the generator's streams: "fill" sends each flow once, "hit" flows in random order without end.
type vppGraph struct {
	*vppProcess
	VPPGraphSetting
}

// newVPPGraph starts a vpp whose flows have their sessions, and pauses it.
func newVPPGraph(o measure.Options, s VPPGraphSetting) (*vppGraph, error) {
	g, err := startVPPGraph(o, s)
	if err != nil {
		return nil, err
	}
	if s.Filter == VPPStateful {
		err = g.fill()
	}
	if err == nil {
		err = g.pause()
	}
	if err != nil {
		return nil, errors.Join(err, g.end())
	}
	return g, nil
}

// startVPPGraph starts a vpp that has not seen a packet.
func startVPPGraph(o measure.Options, s VPPGraphSetting) (*vppGraph, error) {
	if len(s.Packets) > 0 {
		s.Flows = len(s.Packets)
	}
	if s.Flows < 1 || s.Flows > vppFlowsMost {
		return nil, fmt.Errorf("vpp: %d flows: want 1 to %d", s.Flows, vppFlowsMost)
	}
	if s.Vector < 1 || s.Vector > vppVector {
		s.Vector = vppVector
	}
	b, err := findVPP(o)
	if err == nil {
		err = b.need("acl")
	}
	if err != nil {
		return nil, err
	}
	p, err := startVPP(b, vppSetting{plugins: []string{"acl"}, worker: -1, sessions: s.Flows})
	if err != nil {
		return nil, err
	}
	g := &vppGraph{p, s}
	if err := g.prepare(); err != nil {
		return nil, errors.Join(err, g.end())
	}
	return g, nil
}

// prepare makes interfaces, route, rules and streams.
func (g *vppGraph) prepare() error {
	err := g.set([]string{
		"create packet-generator interface pg0 hw-addr " + vppInMAC,
		"create packet-generator interface pg1 hw-addr " + vppOutMAC,
		"set interface state pg0 up",
		"set interface state pg1 up",
		"set interface ip address pg0 192.168.0.1/24",
		"set interface ip address pg1 20.0.0.254/24",
		"set ip neighbor pg1 20.0.0.1 " + vppNextMAC,
		"ip route add 0.0.0.0/0 via 20.0.0.1 pg1",
	}, "pg")
	if err == nil {
		err = g.set(g.Lines, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9") // routes are answered by a rate
	}
	if err != nil {
		return err
	}
	if err := g.filter("pg0", g.Filter, g.Rules); err != nil {
		return err
	}
	streams := []string{g.stream("fill", '-', g.Flows), g.stream("hit", '+', 0)}
	if len(g.Packets) > 0 {
		if streams, err = g.replays(); err != nil {
			return err
		}
	}
	return g.set(streams)
}

// stream is the command that makes a stream. The range of source addresses is walked where order is '-' and drawn from at
// random where it is '+'. A limit of 0 is none.
func (g *vppGraph) stream(name string, order rune, limit int) string {
	first := netip.AddrFrom4([4]byte{10})
	last := netip.AddrFrom4([4]byte{10, byte((g.Flows - 1) >> 16), byte((g.Flows - 1) >> 8), byte(g.Flows - 1)})
	source := first.String()
	if g.Flows > 1 {
		source = fmt.Sprintf("%v %c %v", first, order, last)
	}
	data := g.Data
	if data == "" {
		data = fmt.Sprintf("IP4: %s -> %s UDP: %s -> 20.0.0.1 UDP: 1000 -> 53 incrementing 22", vppSourceMAC, vppInMAC, source)
	}
	return fmt.Sprintf("packet-generator new { name %s limit %d size 64-64 maxframe %d interface pg0 node %s data { %s } }", name, limit, g.Vector, vppEntry, data)
}

// fill sends each flow once and sees that each has a session. Given packets may have fewer: not every protocol has them.
func (g *vppGraph) fill() error {
	if err := g.set([]string{"packet-generator enable-stream fill"}); err != nil {
		return err
	}
	if err := g.generated("fill"); err != nil || len(g.Packets) > 0 {
		return err
	}
	n, err := g.aclSessions()
	if err == nil && n < g.Flows {
		err = fmt.Errorf("vpp has %d sessions for %d flows", n, g.Flows)
	}
	return err
}

// round measures the hits.
func (g *vppGraph) round() (out []measure.Sample, err error) {
	w, err := g.hits()
	if err != nil {
		return nil, err
	}
	return w.samples(g.Filter)
}

// samples says what a window of the graph has shown.
func (w vppWindow) samples(f VPPFilter) (out []measure.Sample, err error) {
	if w.share < vppLeastShare {
		return nil, fmt.Errorf("%w: vpp's worker had %.0f %% of its core", measure.ErrUnfit, 100*w.share)
	}
	sum, err := w.runtime.perPacket(vppEntry)
	if err != nil {
		return nil, err
	}
	if n, ok := w.runtime.node("error-drop"); ok {
		return nil, fmt.Errorf("vpp dropped %d packets that it was to forward", n.vectors)
	}
	in, _ := w.runtime.node(vppEntry)
	out = append(out, perPacket("sum of nodes", sum*w.share)...)
	if f != VPPForward {
		n, ok := w.runtime.node(aclNode)
		if !ok || n.vectors < in.vectors/2 {
			return nil, fmt.Errorf("vpp's %s has seen %d of %d packets", aclNode, n.vectors, in.vectors)
		}
		out = append(out, perPacket("classify+flowtrack", n.clocks*w.share)...)
	}
	out = append(out, measure.Sample{Metric: "vector", Unit: "packets/vector", Value: float64(in.vectors) / float64(in.calls)})
	out = append(out, measure.Sample{Metric: "share of core", Unit: "%", Value: 100 * w.share})
	huge := 0.0
	if w.huge {
		huge = 1
	}
	return append(out, measure.Sample{Metric: "huge pages", Unit: "share", Value: huge}), nil
}

// perPacket gives a cost in both units.
func perPacket(metric string, clocks float64) []measure.Sample {
	return []measure.Sample{
		{Metric: metric, Unit: "clocks/packet", Value: clocks},
		{Metric: metric, Unit: "ns/packet", Value: clocks / cycles.PerSecond() * 1e9},
	}
}

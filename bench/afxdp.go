package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// afxdpScenario is forwarding between two veth devices in namespaces, over AF_XDP, under a flood of 60-byte frames: what
// the worker's thread spends per packet, the kernel's part included, beside a plain echo: the same ports, moved from one
// to the other without a graph.
var afxdpScenario = scenario{
	name:  "afxdp",
	unit:  "ns/packet of the worker's CPU",
	about: "forwarding over AF_XDP between veth devices, 60-byte frames, flood from a namespace; needs root",
	setUp: setUpAFXDP,
}

// How long a subject is measured in a round, and how long it runs before.
const (
	afxdpWarmUp  = 200 * time.Millisecond
	afxdpMeasure = time.Second
)

// forwarder is a subject: something that runs on a thread and counts what it forwards.
type forwarder struct {
	name  string
	rig   *rig
	run   func() // until stop
	stop  func()
	count func() uint64
	close func() error
}

func setUpAFXDP() (func() ([]sample, error), func() error, error) {
	var list []*forwarder
	done := func() error {
		var errs []error
		for _, f := range list {
			errs = append(errs, f.close(), f.rig.lab.Close())
		}
		return errors.Join(errs...)
	}
	for _, make := range []func(*rig) (*forwarder, error){plainEcho, crossConnect, stateful} {
		r, err := newRig()
		if err != nil {
			return nil, done, err
		}
		f, err := make(r)
		if err != nil {
			return nil, done, errors.Join(err, r.lab.Close())
		}
		f.rig = r
		list = append(list, f)
	}
	return func() ([]sample, error) { return afxdpRound(list) }, done, nil
}

func crossConnect(r *rig) (*forwarder, error) { return graphOverAFXDP(r, "gvpp l2 xconnect") }

func stateful(r *rig) (*forwarder, error) {
	return graphOverAFXDP(r, "gvpp classify+flowtrack", "classify add rule left proto udp dport 53 keep-state pass", "classify default left drop")
}

// graphOverAFXDP is the whole graph with one worker.
func graphOverAFXDP(r *rig, name string, lines ...string) (f *forwarder, err error) {
	var dp *gvpp.Dataplane
	err = r.dp.Do(func() error {
		tracker := flowtrack.New()
		dp, err = gvpp.New(gvpp.Config{
			Interfaces: []gvpp.Interface{afxdp.Interface("left"), afxdp.Interface("right")},
			Plugins:    []plugin.Plugin{tracker, classify.New(tracker)}, Log: slog.New(slog.DiscardHandler),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := dp.CrossConnect(ctx, "left", "right"); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := dp.CLI().Run(ctx, l, false, discard{}); err != nil {
			return nil, fmt.Errorf("%q: %w", l, err)
		}
	}
	w := dp.Graph().Workers[0]
	return &forwarder{
		name:  name,
		run:   func() { _ = w.Run() },
		stop:  w.Stop,
		count: func() uint64 { return dp.Graph().IfTotals(2).TxPackets },
		close: dp.Close,
	}, nil
}

// afxdpRound floods one subject after the other.
func afxdpRound(list []*forwarder) (out []sample, err error) {
	for _, f := range list {
		cpu, packets, err := f.measure()
		if err != nil {
			return nil, err
		}
		if packets == 0 {
			return nil, fmt.Errorf("%s forwarded nothing", f.name)
		}
		out = append(out, sample{fmt.Sprintf("%.2f Mpps", float64(packets)/afxdpMeasure.Seconds()/1e6), f.name, float64(cpu) / float64(packets)})
	}
	return out, nil
}

// measure gives the CPU time of the subject's thread in nanoseconds and what it forwarded meanwhile.
func (f *forwarder) measure() (cpu int64, packets uint64, err error) {
	thread := newThread(f.run)
	defer thread.wait()
	defer f.stop()
	stopFlood, err := f.rig.flood()
	if err != nil {
		return 0, 0, err
	}
	defer stopFlood()
	time.Sleep(afxdpWarmUp)
	cpu, packets = -thread.cpu(), -f.count()
	time.Sleep(afxdpMeasure)
	return cpu + thread.cpu(), packets + f.count(), nil
}

// rig is a sender, a dataplane's namespace and a receiver, with a veth pair between each two.
type rig struct {
	lab      *netlab.Lab
	a, b, dp *netlab.Host
}

func newRig() (*rig, error) {
	lab, err := netlab.New()
	if err != nil {
		return nil, err
	}
	r := &rig{lab: lab}
	for _, h := range []struct {
		name string
		host **netlab.Host
	}{{"sender", &r.a}, {"receiver", &r.b}, {"dataplane", &r.dp}} {
		if *h.host, err = lab.Host(h.name); err != nil {
			return nil, errors.Join(err, lab.Close())
		}
	}
	err = errors.Join(
		lab.Pair(netlab.End{Host: r.a, Name: "eth0"}, netlab.End{Host: r.dp, Name: "left"}),
		lab.Pair(netlab.End{Host: r.b, Name: "eth0"}, netlab.End{Host: r.dp, Name: "right"}))
	if err != nil {
		return nil, errors.Join(err, lab.Close())
	}
	return r, nil
}

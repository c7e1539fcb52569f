package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
)

// forwarding is a subject of the afxdp scenario in its rig.
type forwarding struct {
	*rig
	peer.Forwarder
	times    afxdpTimes
	frames   [][]byte
	softirqs []string // of the kernel's threads
}

func (f *forwarding) close() (err error) {
	if f.Close != nil {
		err = f.Close()
	}
	return errors.Join(err, f.lab.Close())
}

// round lets the forwarder run and measures it under a flood, beside a moderate one, and at rest.
func (f *forwarding) round() (out []measure.Sample, err error) {
	if f.Start != nil {
		if err := f.Start(); err != nil {
			return nil, err
		}
	}
	if f.Stop != nil {
		defer func() { err = errors.Join(err, f.Stop()) }()
	}
	for _, part := range []func() ([]measure.Sample, error){f.flooded, f.paced, f.alone} {
		got, err := part()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out = append(out, got...)
	}
	return out, nil
}

// meter is what has been spent and delivered up to a moment.
type meter struct {
	at                      time.Time
	delivered               uint64
	worker, sender, softirq time.Duration
}

func (f *forwarding) read(s *flood) (m meter, err error) {
	if f.CPU != nil {
		if m.worker, err = f.CPU(); err != nil {
			return m, err
		}
	}
	m.sender = time.Duration(s.cpu())
	if m.softirq, err = softirqCPU(f.softirqs); err != nil {
		return m, err
	}
	m.at = time.Now()
	m.delivered, err = f.delivered()
	return m, err
}

// during floods at a rate, waits for things to settle, and meters what goes by while do runs.
func (f *forwarding) during(rate int, do func() error) (d meter, long time.Duration, err error) {
	s, err := f.startFlood(f.frames, rate)
	if err != nil {
		return d, 0, err
	}
	defer s.stop()
	time.Sleep(f.times.warmUp)
	var a, b meter
	if err = f.flowing(); err == nil {
		a, err = f.read(s)
	}
	if err == nil {
		err = do()
	}
	if err == nil {
		err = f.flowing()
	}
	if err == nil {
		b, err = f.read(s)
	}
	d = meter{
		delivered: b.delivered - a.delivered,
		worker:    b.worker - a.worker, sender: b.sender - a.sender, softirq: b.softirq - a.softirq,
	}
	return d, b.at.Sub(a.at), err
}

// flowPatience is how long a flood may bring nothing through: as long as others may keep the forwarder from its core.
const flowPatience = 5 * time.Second

// flowing waits until packets arrive.
func (f *forwarding) flowing() error {
	before, err := f.delivered()
	for end := time.Now().Add(flowPatience); err == nil; time.Sleep(time.Millisecond) {
		var now uint64
		if now, err = f.delivered(); err == nil && now > before {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("it has forwarded nothing in %v", flowPatience)
		}
	}
	return err
}

// each is nanoseconds a packet.
func (m meter) each(t time.Duration) float64 { return float64(t) / float64(m.delivered) }

func (f *forwarding) flooded() ([]measure.Sample, error) {
	d, long, err := f.during(0, func() error { time.Sleep(f.times.flood); return nil })
	if err != nil {
		return nil, err
	}
	out := []measure.Sample{{Metric: "rate", Unit: "Mpps", Value: float64(d.delivered) / long.Seconds() / 1e6}}
	if f.CPU != nil {
		out = append(out, measure.Sample{Metric: "worker CPU", Unit: "ns/packet", Value: d.each(d.worker)})
	}
	return out, nil
}

func (f *forwarding) paced() ([]measure.Sample, error) {
	var p probed
	d, _, err := f.during(pacedRate, func() (err error) { p, err = f.probes(f.times.paced); return err })
	if err != nil {
		return nil, err
	}
	return append(latency("loaded", p),
		measure.Sample{Metric: "whole path CPU", Unit: "ns/packet", Value: d.each(d.worker + d.sender + d.softirq)}), nil
}

func (f *forwarding) alone() ([]measure.Sample, error) {
	p, err := f.probes(f.times.probes)
	if err != nil {
		return nil, err
	}
	return latency("idle", p), nil
}

// probes sends probes until some have come through: of none there is no latency to tell.
func (f *forwarding) probes(long time.Duration) (p probed, err error) {
	for end := time.Now().Add(flowPatience); ; {
		if p, err = f.probe(long); err != nil || len(p.took) > 0 {
			return p, err
		}
		if time.Now().After(end) {
			return p, fmt.Errorf("no probe has come through in %v", flowPatience)
		}
	}
}

// latency tells what became of probes.
func latency(when string, p probed) []measure.Sample {
	us := func(share float64) float64 { return float64(p.quantile(share)) / float64(time.Microsecond) }
	return []measure.Sample{
		{Metric: "latency " + when + " median", Unit: "us", Value: us(0.5)},
		{Metric: "latency " + when + " p99", Unit: "us", Value: us(0.99)},
		{Metric: "probes lost " + when, Unit: "%", Value: 100 * float64(p.lost) / float64(p.lost+len(p.took))},
	}
}

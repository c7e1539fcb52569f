package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// statefulRules let DNS in, with its replies, and nothing else: what kernel-nft's rules do.
var statefulRules = []string{"classify add rule left proto udp dport 53 keep-state pass", "classify default left drop"}

// gvppForwarder is the whole graph with one worker, which runs between Start and Stop.
func gvppForwarder(name string, s peer.Site, lines ...string) (peer.Forwarder, error) {
	var dp *gvpp.Dataplane
	err := s.Host.Do(func() (err error) {
		tracker := flowtrack.New()
		dp, err = gvpp.New(gvpp.Config{
			Interfaces: []gvpp.Interface{afxdp.Interface(s.Left), afxdp.Interface(s.Right)},
			Plugins:    []plugin.Plugin{tracker, classify.New(tracker)}, Log: slog.New(slog.DiscardHandler),
		})
		return err
	})
	if err != nil {
		return peer.Forwarder{}, err
	}
	ctx := context.Background()
	err = dp.CrossConnect(ctx, s.Left, s.Right)
	for _, l := range lines {
		if e := dp.CLI().Run(ctx, l, false, io.Discard); e != nil {
			err = errors.Join(err, fmt.Errorf("%q: %w", l, e))
		}
	}
	if err != nil {
		return peer.Forwarder{}, errors.Join(err, dp.Close())
	}
	w := dp.Graph().Workers[0]
	f := runInThread(name, s.Core, func() { _ = w.Run() }, w.Stop)
	f.Close = dp.Close
	return besideControl(f, dp), nil
}

// controlTick is how often the control goroutine looks for periodic work that is due, as the dataplane's own does.
const controlTick = 10 * time.Millisecond

// besideControl lets a goroutine do the dataplane's periodic work between Start and Stop.
func besideControl(f peer.Forwarder, dp *gvpp.Dataplane) peer.Forwarder {
	start, stop := f.Start, f.Stop
	var quit, done chan struct{}
	f.Start = func() error {
		quit, done = make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			tick := time.NewTicker(controlTick)
			defer tick.Stop()
			for {
				select {
				case <-quit:
					return
				case <-tick.C:
					dp.Housekeep()
				}
			}
		}()
		return start()
	}
	f.Stop = func() error {
		close(quit)
		<-done
		return stop()
	}
	return f
}

// runInThread is a forwarder whose worker is run, on a thread of its own, until stop makes it return.
func runInThread(name string, core int, run, stop func()) peer.Forwarder {
	var t *thread
	var before time.Duration // what earlier threads have used
	used := func() (time.Duration, error) { return before, nil }
	return peer.Forwarder{
		Name:  name,
		Start: func() error { t = newThreadOn(core, run); return nil },
		Stop: func() error {
			before += time.Duration(t.cpu())
			stop()
			t.wait()
			t = nil
			return nil
		},
		CPU: func() (time.Duration, error) {
			if t == nil {
				return used()
			}
			return before + time.Duration(t.cpu()), nil
		},
	}
}

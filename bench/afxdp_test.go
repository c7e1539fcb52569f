package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/internal/netlab"
)

// Every forwarder that this machine can run forwards, and says all that its kind has to say.
func TestAFXDP(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces need it", t.Name())
	}
	netlab.Exclusive(func() int { afxdpOnce(t); return 0 })
}

func afxdpOnce(t *testing.T) {
	groups := afxdpGroups(measure.Options{Short: true})
	if len(groups) != 1 {
		t.Fatalf("%d groups in short", len(groups))
	}
	list, err := groups[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
		if s.Skip != "" {
			t.Logf("%s not measured: %s", s.Name, s.Skip)
			continue
		}
		samples, err := s.Round()
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		checkForwarding(t, s.Name, samples)
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for _, want := range []string{"gvpp-xconnect", "gvpp-stateful", "go-echo", "c-echo", "kernel-nft"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %v", want, names)
		}
	}
}

func checkForwarding(t *testing.T, name string, samples []measure.Sample) {
	t.Helper()
	var said []string
	for _, s := range samples {
		said = append(said, s.Metric)
		if s.Value <= 0 && !strings.HasPrefix(s.Metric, "probes lost") {
			t.Errorf("%s: %s is %v %s", name, s.Metric, s.Value, s.Unit)
		}
	}
	want := []string{"rate", "worker CPU", "latency loaded median", "latency loaded p99", "probes lost loaded", "whole path CPU",
		"latency idle median", "latency idle p99", "probes lost idle"}
	if name == "kernel-nft" {
		want = slices.Delete(want, 1, 2)
	}
	if !slices.Equal(said, want) {
		t.Errorf("%s says %q, want %q", name, said, want)
	}
}

func TestQuantile(t *testing.T) {
	p := probed{took: []time.Duration{1, 2, 3, 4}}
	for _, c := range []struct {
		share float64
		want  time.Duration
	}{{0, 1}, {0.5, 3}, {0.99, 4}, {1, 4}} {
		if got := p.quantile(c.share); got != c.want {
			t.Errorf("quantile %v is %d, want %d", c.share, got, c.want)
		}
	}
	if got := (probed{}).quantile(0.5); got != 0 {
		t.Errorf("of no probes: %v", got)
	}
}

// The frames of a flood are as many different flows as were asked for, and fill their bursts.
func TestFloodFrames(t *testing.T) {
	for _, flows := range []int{1, 1000} {
		seen := map[string]bool{}
		for _, f := range floodFrames(flows) {
			if len(f) != 60 {
				t.Fatalf("a frame of %d bytes", len(f))
			}
			seen[string(f)] = true
		}
		if len(seen) != flows {
			t.Errorf("%d different frames, want %d", len(seen), flows)
		}
	}
}

func TestThreadCPU(t *testing.T) {
	stop, spun := make(chan struct{}), make(chan struct{})
	th := newThread(func() {
		for own := cpuTime(); cpuTime() < own+5*time.Millisecond; {
		}
		close(spun)
		<-stop
	})
	<-spun
	if got := time.Duration(th.cpu()); got < 5*time.Millisecond || got > time.Minute {
		t.Errorf("a thread that worked for 5ms says %v", got)
	}
	close(stop)
	th.wait()
}

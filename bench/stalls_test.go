package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/bench/measure"
)

// TestStalls runs the scenario's small groups once: all work is done, and its figures hang together.
func TestStalls(t *testing.T) {
	for _, g := range stallsScenario.Groups(measure.Options{Short: os.Getenv("STALLS") == ""}) {
		if !strings.Contains(g.Params, os.Getenv("STALLS")) {
			continue
		}
		t.Run(g.Params, func(t *testing.T) { runStallGroup(t, g) })
	}
}

func runStallGroup(t *testing.T, g measure.Group) {
	subjects, err := g.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range subjects {
		if s.Skip != "" {
			t.Log(s.Name, s.Skip)
		}
		if s.Round == nil || s.Name == "vpp" { // what it says is tested with it
			continue
		}
		got := map[string]float64{}
		for tries := 0; tries < 20 && got["gap p50"] == 0; tries++ { // on a busy machine no pass may have ended in so short a time
			list, err := s.Round()
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				got[x.Metric] = x.Value
				t.Logf("%-10s %-30s %10.2f %s", s.Name, x.Metric, x.Value, x.Unit)
			}
		}
		if got["gap p50"] <= 0 || got["worst gap"] < got["gap p99.9"] || got["gap p99.9"] < got["gap p50"] {
			t.Errorf("%s: %v", s.Name, got)
		}
		if got["workers stopped"] != 0 { // nothing of ours needs the barrier
			t.Errorf("%s: workers stopped for %v us", s.Name, got["workers stopped"])
		}
		if idle := s.Name == "gvpp-idle"; !idle && (strings.Contains(g.Params, "inserts") || strings.Contains(g.Params, "growth")) && got["new sessions"] <= 0 {
			t.Errorf("no new sessions: %v", got)
		}
	}
	for _, s := range subjects {
		if s.Close != nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

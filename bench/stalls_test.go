package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// TestStalls runs the scenario's small groups once, with -short two of them: all work is done, and its figures hang together.
func TestStalls(t *testing.T) {
	for _, g := range stallsScenario.Groups(measure.Options{Short: os.Getenv("STALLS") == ""}) {
		if !strings.Contains(g.Params, os.Getenv("STALLS")) {
			continue
		}
		if testing.Short() && !strings.Contains(g.Params, "sessions=1000 ") && !strings.Contains(g.Params, "replace") {
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
		got, err := stallRound(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if got == nil {
			t.Logf("%s: not measured: the machine was too busy", s.Name)
			continue
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

// stallPatience is how long a busy machine may keep a round from saying anything.
const stallPatience = 30 * time.Second

// stallRound takes rounds until one says something; nil: none did. On a busy machine no pass may end in so short a time.
func stallRound(t *testing.T, s measure.Subject) (got map[string]float64, err error) {
	for end := time.Now().Add(stallPatience); time.Now().Before(end); {
		list, err := s.Round()
		if errors.Is(err, measure.ErrUnfit) {
			continue
		}
		if err != nil {
			return nil, err
		}
		got = map[string]float64{}
		for _, x := range list {
			got[x.Metric] = x.Value
			t.Logf("%-10s %-30s %10.2f %s", s.Name, x.Metric, x.Value, x.Unit)
		}
		if got["packets"] > 0 && got["gap p50"] > 0 {
			return got, nil
		}
	}
	return nil, nil
}

package main

import (
	"context"
	"io"
	"math"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// Clocks that went by while the thread was off its core are not the graph's.
func TestClocksAreTheThreadsOwn(t *testing.T) {
	begin := time.Now()
	before := &reading{figures: figures{wall: begin}}
	after := &reading{figures: figures{packets: 1000, calls: 10, sum: 40_000, stateful: 20_000, wall: begin.Add(100 * time.Microsecond),
		cpu: 50 * time.Microsecond, tsc: 200_000}}
	s, err := after.spent(before, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"sum of nodes ns/packet": 10, "sum of nodes clocks/packet": 20, "classify+flowtrack ns/packet": 5,
		"classify+flowtrack clocks/packet": 10, "vector packets/vector": 100, "allocations objects/packet": 0.003}
	for _, m := range s.samples(true) {
		if v, ok := want[m.Metric+" "+m.Unit]; !ok || math.Abs(m.Value-v) > 1e-9 {
			t.Errorf("%s: %v %s, want %v", m.Metric, m.Value, m.Unit, v)
		}
	}
	if got := s.sessionRate().Value; math.Abs(got-100) > 1e-9 { // 10 ns a session
		t.Errorf("%v M sessions/s", got)
	}
	if _, err := before.spent(before, 0); err == nil {
		t.Error("no packets, and no error")
	}
}

// The collector rests during rounds, unless the group measures what it does, and is put back to work afterwards.
func TestCollectorRests(t *testing.T) {
	standing := debug.SetGCPercent(100)
	defer debug.SetGCPercent(standing)
	for _, at := range []bool{false, true} {
		seen := 0
		g := measure.Group{Params: "n=1", Collector: at, Open: func() ([]measure.Subject, error) {
			return []measure.Subject{{Name: "a", Round: func() ([]measure.Sample, error) {
				seen = debug.SetGCPercent(-1)
				debug.SetGCPercent(seen)
				return []measure.Sample{{Metric: "m", Unit: "ns", Value: 1}}, nil
			}}}, nil
		}}
		if err := quietRunner(1).group(context.Background(), "s", g); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{false: -1, true: 100}[at]; seen != want {
			t.Errorf("Collector %v: GOGC was %d, want %d", at, seen, want)
		}
	}
	if now := debug.SetGCPercent(100); now != 100 {
		t.Errorf("GOGC is %d afterwards", now)
	}
}

// Where nobody can see a line change, there is one now and then.
func TestProgressIsSparse(t *testing.T) {
	var b strings.Builder
	p := newProgress(&b)
	for range 100 {
		p.step("graph", "flows=1", "round 1/7")
	}
	p.last = p.last.Add(-progressEvery)
	p.step("graph", "flows=2", "round 1/7")
	p.say("%s", "a word")
	if got := strings.Count(b.String(), "\n"); got != 3 || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%d lines: %q", got, b.String())
	}
	newProgress(io.Discard).clear()
}
